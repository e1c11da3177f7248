"""Adam: each weight moves by the mean of its gradients over the root of their mean square.

Kingma and Ba 2015, https://arxiv.org/abs/1412.6980. The decay rates of GANs, (0, 0.99), are the
default, as in Karras et al. 2020, https://arxiv.org/abs/1912.04958. The weight decay is that of the
paper: a part of the gradient, which is divided with it; `core/adamw` decays apart from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import torch
from pydantic import Field

from mmgan_core.contracts.optimizer import Group, Optimizer
from mmgan_core.options import Options

BelowOne = Annotated[float, Field(ge=0, lt=1)]


class AdamOptions(Options):
    """Options of `core/adam`."""

    betas: tuple[BelowOne, BelowOne] = Field(
        (0.0, 0.99), description="decay rates of the means of the gradient and of its square"
    )
    eps: float = Field(1e-8, gt=0, description="is added to the root, so that it is never 0")
    weight_decay: float = Field(0.0, ge=0, description="weight of the squared weights in the loss")
    amsgrad: bool = Field(False, description="divide by the largest mean square so far")


class Adam(Optimizer):
    """Uses torch's fused implementation."""

    Options = AdamOptions
    options: AdamOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"betas": (0.5, 0.9), "weight_decay": 0.1, "amsgrad": True})

    def build(self, groups: Sequence[Group]) -> torch.optim.Optimizer:
        """Return ``torch.optim.Adam``."""
        return torch.optim.Adam([dict(group) for group in groups], fused=True, **self.settings())
