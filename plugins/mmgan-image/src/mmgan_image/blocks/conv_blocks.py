"""The convolutions of `image/conv`: one for each level, and a halving between two levels."""

from __future__ import annotations

from torch import nn

MOST = 8
"""How many times as many channels as the first level has any level has at most."""


def conv_blocks(channels: int, width: int, levels: int) -> nn.Sequential:
    """A convolution a level, normalised, and halvings between: (B, C, H, W) to the last maps."""
    blocks: list[nn.Module] = []
    for level in range(levels):
        wide = min(2**level, MOST) * width
        blocks += [nn.MaxPool2d(2, ceil_mode=True)] if level else []
        blocks += [nn.Conv2d(channels, wide, 3, padding=1), nn.GroupNorm(4, wide), nn.SiLU()]
        channels = wide
    return nn.Sequential(*blocks)
