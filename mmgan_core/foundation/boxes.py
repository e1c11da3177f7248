"""Masks that are boxes, in any number of dimensions: a gap of a sound, a rectangle of a picture."""

from __future__ import annotations

import torch
from torch import Tensor


def boxes(shape: tuple[int, ...], shares: Tensor, *, centred: bool = False) -> Tensor:
    """Sample masks, (B, *shape), from the global random state: 1 inside a box, 0 outside.

    Args:
        shape: the shape of a mask; boxes extend over the whole of dimensions of size 1.
        shares: roughly which share of a mask each box covers, (B,), from 0 to 1.
        centred: whether boxes are in the middle and have the proportions of the shape; otherwise
            their place is random, and in two dimensions their proportions too.
    """
    count, long = len(shares), [size for size in shape if size > 1]
    sides = (shares ** (1 / max(1, len(long)))).expand(max(1, len(long)), count).clone()
    if not centred and len(long) == 2:
        # One side is from half to twice the other, as far as it fits; the area stays the same.
        stretch = 2 ** (torch.rand(count) - 0.5)
        stretch = stretch.clamp(min=sides[0], max=1 / sides[0].clamp_min(1e-6))
        sides = torch.stack([sides[0] * stretch, sides[1] / stretch])
    mask = torch.ones(count, *[1] * len(shape))
    for number, size in enumerate(shape):
        if size == 1:
            continue
        side = (sides[_long_before(shape, number)] * size).round().clamp(1, size)
        room = size - side
        start = (room / 2 if centred else torch.rand(count) * (room + 1)).floor()
        places = torch.arange(size)
        inside = (places >= start[:, None]) & (places < (start + side)[:, None])
        view = [count, *[1] * len(shape)]
        view[number + 1] = size
        mask = mask * inside.view(view)
    return mask.float()


def _long_before(shape: tuple[int, ...], number: int) -> int:
    """How many dimensions larger than 1 come before this one."""
    return sum(size > 1 for size in shape[:number])
