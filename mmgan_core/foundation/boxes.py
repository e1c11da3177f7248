"""Boxes of what is missing, in any number of dimensions: a gap, a rectangle."""

from __future__ import annotations

import torch
from torch import Tensor


def boxes(shape: tuple[int, ...], shares: Tensor, *, centred: bool = False) -> Tensor:
    """Masks (B, *shape), 1 within one box a row, drawn from the global random state.

    Args:
        shape: of a mask; boxes reach through dimensions of size 1.
        shares: of the places that each box covers, (B,), about.
        centred: in the middle, with sides as the shape has; else anywhere, of any aspect.
    """
    count, long = len(shares), [size for size in shape if size > 1]
    sides = (shares ** (1 / max(1, len(long)))).expand(max(1, len(long)), count).clone()
    if not centred and len(long) == 2:
        # Sides of half to twice one another, as far as they fit, of the same area.
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
    """How many dimensions of more than one place come before this one."""
    return sum(size > 1 for size in shape[:number])
