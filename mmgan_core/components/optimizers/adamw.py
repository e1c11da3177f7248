"""AdamW: Adam, whose weights also decay by a share of their own in each step.

Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101: in a step each weight is first
multiplied by 1 - rate * weight_decay, and then moves as with Adam. All weights decay, also biases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field

from mmgan_core.components.optimizers.adam import AdamOptions
from mmgan_core.contracts.optimizer import Group, Optimizer


class AdamWOptions(AdamOptions):
    """Options of `core/adamw`."""

    weight_decay: float = Field(
        0.01, ge=0, description="share of a weight that it loses in a step, times the learning rate"
    )


class AdamW(Optimizer):
    """Uses torch's fused implementation."""

    Options = AdamWOptions
    options: AdamWOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"betas": (0.5, 0.9), "weight_decay": 0.1, "amsgrad": True})

    def build(self, groups: Sequence[Group]) -> torch.optim.Optimizer:
        """Return ``torch.optim.AdamW``."""
        return torch.optim.AdamW([dict(group) for group in groups], fused=True, **self.settings())
