"""Affine maps, one a row: (B, N, N + 1), a linear part and what is added; and turns as numbers."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def after(first: Tensor, then: Tensor) -> Tensor:
    """Both maps, one after the other, as one."""
    # Products and sums, because autocast rounds a matrix product to half precision.
    both = (then[:, :, :-1, None] * first[:, None]).sum(2)
    return torch.cat([both[..., :-1], both[..., -1:] + then[..., -1:]], dim=2)


def sampled_turns(like: Tensor, most: float) -> tuple[Tensor, Tensor]:
    """An angle a row, at most ``most`` degrees either way, (B,), and what is told of it, (B, 2).

    Told are its sine and 1 - cosine, both 0 for no turn, as shares of the largest that they can be.
    """
    largest = math.radians(most)
    angle = (2 * torch.rand(len(like), device=like.device) - 1) * largest
    sine = angle.sin() / math.sin(min(largest, math.pi / 2))
    return angle, torch.stack([sine, (1 - angle.cos()) / (1 - math.cos(largest))], dim=1)
