"""Affine maps, one for each row of a batch: (B, N, N + 1), a linear part beside an offset."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def after(first: Tensor, then: Tensor) -> Tensor:
    """One map that does the same as ``first`` and then ``then``."""
    # Products and sums, because autocast would round a matrix product to half precision.
    both = (then[:, :, :-1, None] * first[:, None]).sum(2)
    return torch.cat([both[..., :-1], both[..., -1:] + then[..., -1:]], dim=2)


def sampled_turns(like: Tensor, most: float) -> tuple[Tensor, Tensor]:
    """A random angle for each row, (B,), and its augmentation parameters, (B, 2).

    The parameters are the sine and 1 - cosine of the angle, divided by the largest that they can
    be; both are 0 for no turn.

    Args:
        most: largest angle in degrees, either way.
    """
    largest = math.radians(most)
    angle = (2 * torch.rand(len(like), device=like.device) - 1) * largest
    sine = angle.sin() / math.sin(min(largest, math.pi / 2))
    return angle, torch.stack([sine, (1 - angle.cos()) / (1 - math.cos(largest))], dim=1)
