"""What networks are told: noise and condition side by side, a sample and what is missing of it."""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace


def noise_and_condition(noise: Tensor, condition: Tensor) -> Tensor:
    """Side by side, (B, Z + dim)."""
    return torch.cat([noise, condition.to(noise.dtype)], dim=1)


def seen_channels(space: SampleSpace, condition: ConditionSpace) -> int:
    """How many channels ``seen`` gives."""
    return space.shape[0] + (condition.mask_shape is not None)


def seen(sample: Tensor, condition: Condition) -> Tensor:
    """A sample (B, C, H, W), and where it is repaired, what was missing as one more channel."""
    if condition.masked is None:
        return sample
    missing = condition.masked.mask.expand(-1, 1, *sample.shape[2:])
    return torch.cat([sample, missing.to(sample)], dim=1)
