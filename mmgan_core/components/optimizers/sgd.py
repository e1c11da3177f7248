"""Gradient descent, with momentum if wanted.

The velocity is v = momentum * v + (gradient + weight_decay * weight), and the weight moves by
-rate * v; with `nesterov` by -rate * (gradient + momentum * v), as in Sutskever et al. 2013,
https://proceedings.mlr.press/v28/sutskever13.html.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field, model_validator

from mmgan_core.contracts.optimizer import Group, Optimizer
from mmgan_core.options import Options


class SGDOptions(Options):
    """Options of `core/sgd`."""

    momentum: float = Field(0.0, ge=0, lt=1, description="share of the velocity that is kept")
    nesterov: bool = Field(False, description="look ahead along the velocity")
    weight_decay: float = Field(0.0, ge=0, description="weight of the squared weights in the loss")

    @model_validator(mode="after")
    def _has_momentum(self) -> SGDOptions:
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov looks ahead along the momentum: give a momentum over 0")
        return self


class SGD(Optimizer):
    """Uses torch's implementation."""

    Options = SGDOptions
    options: SGDOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1})

    def build(self, groups: Sequence[Group]) -> torch.optim.Optimizer:
        """Return ``torch.optim.SGD``."""
        return torch.optim.SGD([dict(group) for group in groups], **self.settings())
