"""Inputs side by side: noise and condition for generators, sample and mask for discriminators."""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace


def noise_and_condition(noise: Tensor, condition: Tensor) -> Tensor:
    """Noise (B, Z) and pooled condition (B, dim) as one vector, (B, Z + dim)."""
    return torch.cat([noise, condition.to(noise.dtype)], dim=1)


def seen_channels(space: SampleSpace, condition: ConditionSpace) -> int:
    """The number of channels that ``seen`` returns."""
    return space.shape[0] + (condition.mask_shape is not None)


def seen(sample: Tensor, condition: Condition) -> Tensor:
    """The sample (B, C, H, W); in repair its mask as one more channel, 1 = missing."""
    if condition.masked is None:
        return sample
    missing = condition.masked.mask.expand(-1, 1, *sample.shape[2:])
    return torch.cat([sample, missing.to(sample)], dim=1)
