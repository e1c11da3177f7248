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


def on_grid(source: Tensor, size: tuple[int, int], grid: tuple[int, int]) -> Tensor:
    """The same maps of places (x, y), (B, 2, 3), for a picture of another size.

    Args:
        source: maps in pixels from the middle of a picture of ``size`` (H, W).
        grid: (H, W) of the other picture, which shows the same.
    """
    if grid == size:
        return source
    down, across = grid[0] / size[0], grid[1] / size[1]
    factors = ((1.0, across / down, across), (down / across, 1.0, down))
    # Number by number: a tensor of them would have to be copied to the device in each step.
    rows = [
        torch.stack([source[:, row, at] * factor for at, factor in enumerate(each)], dim=1)
        for row, each in enumerate(factors)
    ]
    return torch.stack(rows, dim=1)


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
