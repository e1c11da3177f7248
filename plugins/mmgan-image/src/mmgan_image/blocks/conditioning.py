"""Inputs side by side: noise and condition for generators, sample, mask and maps for others.

Isola et al. 2017, https://arxiv.org/abs/1611.07004: a discriminator of pictures made from pictures
sees both side by side."""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace
from mmgan_image.blocks.followed_maps import followed


def noise_and_condition(noise: Tensor, condition: Tensor) -> Tensor:
    """Noise (B, Z) and pooled condition (B, dim) as one vector, (B, Z + dim)."""
    return torch.cat([noise, condition.to(noise.dtype)], dim=1)


def seen_channels(space: SampleSpace, condition: ConditionSpace, *, follow: bool = False) -> int:
    """The number of channels that ``seen`` returns."""
    followed_channels = condition.map_channels if follow else 0
    return space.shape[0] + (condition.mask_shape is not None) + followed_channels


def seen(sample: Tensor, condition: Condition, *, follow: bool = False) -> Tensor:
    """The sample (B, C, H, W); in repair its mask as one more channel, 1 = missing.

    Args:
        follow: append the maps of the condition as well, at the size of the sample.
    """
    height, width = sample.shape[2:]
    parts = [sample]
    if condition.masked is not None:
        parts.append(condition.masked.mask.expand(-1, 1, height, width).to(sample))
    if follow:
        parts.append(followed(condition, (height, width), sample))
    return torch.cat(parts, dim=1) if len(parts) > 1 else sample
