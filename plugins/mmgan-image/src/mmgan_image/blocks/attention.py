"""Self-attention over the places of a grid.

x + strength * V softmax(Q^T K): queries and keys of an eighth of the channels, values of half of
them, all 1x1 convolutions; the strength starts at 0. Zhang et al. 2019, "Self-attention generative
adversarial networks", https://arxiv.org/abs/1805.08318.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmgan_core import BadValue


class Attention(nn.Module):
    """Maps (B, C, H, W) to maps of the same shape."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        few, half = max(1, channels // 8), max(1, channels // 2)
        self.query = nn.Conv2d(channels, few, 1, bias=False)
        self.key = nn.Conv2d(channels, few, 1, bias=False)
        self.value = nn.Conv2d(channels, half, 1, bias=False)
        self.back = nn.Conv2d(half, channels, 1, bias=False)
        self.strength = nn.Parameter(torch.zeros(()))

    def forward(self, maps: Tensor) -> Tensor:
        """Add to each place what it attends to."""
        query, key, value = (layer(maps).flatten(2) for layer in (self.query, self.key, self.value))
        # Written out, because PyTorch's fused attention cannot be differentiated twice.
        weights = torch.softmax(query.transpose(1, 2) @ key, dim=2)  # (B, to, from)
        found = (value @ weights.transpose(1, 2)).unflatten(2, maps.shape[2:])
        attended: Tensor = self.back(found)
        return maps + self.strength * attended


def attended_level(sizes: list[tuple[int, int]], side: int) -> int | None:
    """The number of the level that gets self-attention, or None for a side of 0.

    Args:
        sizes: heights and widths of all levels, from full size down.
        side: the largest short side that the level may have; full size itself has no features yet.

    Raises:
        BadValue: if no level is that small.
    """
    if not side:
        return None
    for number, size in enumerate(sizes[1:], start=1):
        if min(size) <= side:
            return number
    small = [min(size) for size in sizes[1:]]
    raise BadValue(
        f"attention: no level has a short side of {side} or less; "
        + (f"there are {small}" if small else "pictures this small have one level")
        + "; 0 turns attention off"
    )
