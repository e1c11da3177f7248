"""A 3x3 convolution whose weights a style modulates, row by row.

s = 1 + A style scales the channels that come in; dividing by the length of each scaled filter
keeps what goes out about as large as what came in. Karras et al. 2020, "Analyzing and improving the
image quality of StyleGAN", https://arxiv.org/abs/1912.04958. The style also shifts what goes out.
"""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_image.levels import SLOPE

GAIN = math.sqrt(2 / (1 + SLOPE**2))
"""Makes up for what a leaky ReLU takes from its input."""


class StyledConv(nn.Module):
    """(B, C, H, W) and a style (B, S) to (B, O, H, W), through a leaky ReLU."""

    def __init__(self, channels: int, wide: int, style: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, wide, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(self.conv.weight, a=SLOPE)
        self.scale = nn.Linear(style, channels)
        self.shift = nn.Linear(style, wide)

    def forward(self, maps: Tensor, style: Tensor) -> Tensor:
        """Scaled, convolved, scaled back, shifted."""
        scale, shift = (1 + self.scale(style)).float(), self.shift(style)
        power = self.conv.weight.float().square().sum((2, 3))  # (O, C)
        length = (scale.square()[:, None] * power).sum(2).add(1e-8).rsqrt()  # (B, O)
        maps = self.conv(maps * _map(scale, maps))
        return GAIN * leaky_relu(maps * _map(length, maps) + _map(shift, maps), SLOPE)


def _map(vector: Tensor, like: Tensor) -> Tensor:
    """One number a channel, (B, C, 1, 1)."""
    return vector[:, :, None, None].to(like.dtype)
