"""Pictures resampled bilinearly at other places: a function that is linear in the picture.

It is made of gathers and sums, which have derivatives of any order;
`torch.nn.functional.grid_sample` can be differentiated only once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

Border = Literal["edge", "reflect", "value"]


def resampling(
    source: Tensor, size: tuple[int, int], *, border: Border, value: float = 0.0
) -> Callable[[Tensor], Tensor]:
    """A function that resamples pictures (B, C, H, W).

    Args:
        source: an affine map for each row, (B, 2, 3), from a place (x, y) of the result to the
            place that it is read from, in pixels from the middle of the picture.
        size: (H, W).
        border: the value of places outside the picture: the nearest pixel (``edge``), the picture
            mirrored at its outermost pixels (``reflect``), or ``value``.
    """
    height, width = size
    across = torch.arange(width, device=source.device) - (width - 1) / 2
    down = torch.arange(height, device=source.device) - (height - 1) / 2
    by_x, by_y, added = (part[:, :, None, None] for part in source.unbind(2))
    places = by_x * across + by_y * down[:, None] + added  # (B, 2, H, W)
    columns, shares = _neighbours(places[:, 0] + (width - 1) / 2, width, border)
    rows, portions = _neighbours(places[:, 1] + (height - 1) / 2, height, border)
    index = (rows[:, :, None] * width + columns[:, None]).flatten(1)[:, None]  # (B, 1, 4 H W)
    weight = (portions[:, :, None] * shares[:, None]).view(len(source), 1, 4, -1)
    outside = value * (1 - weight.sum(2)) if border == "value" else source.new_zeros(())

    def change(sample: Tensor) -> Tensor:
        read = sample.flatten(2).gather(2, index.expand(-1, sample.shape[1], -1))
        mixed = (read.unflatten(2, (4, -1)) * weight.to(sample)).sum(2)
        changed: Tensor = (mixed + outside.to(sample)).view(sample.shape)
        return changed

    return change


def _neighbours(place: Tensor, size: int, border: Border) -> tuple[Tensor, Tensor]:
    """The two pixels beside a place along one side, and their shares of it, (B, 2, H, W)."""
    last = size - 1
    if border == "edge" or (border == "reflect" and size == 1):
        place = place.clamp(0, last)
    elif border == "reflect":
        place = last - (place.remainder(2 * last) - last).abs()
    before = place.floor()
    pixels = torch.stack([before, before + 1], dim=1)
    part = place - before
    share = torch.stack([1 - part, part], dim=1) * ((pixels >= 0) & (pixels <= last))
    return pixels.clamp(0, last).long(), share
