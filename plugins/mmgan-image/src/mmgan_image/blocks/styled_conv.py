"""A modulated 3x3 convolution that the style also shifts, through a leaky ReLU.

What goes out is about as large as what came in.
"""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_image.blocks.levels import SLOPE
from mmgan_image.blocks.modulated_conv import ModulatedConv

GAIN = math.sqrt(2 / (1 + SLOPE**2))
"""Makes up for what a leaky ReLU takes from its input."""
FAINT = 0.1
"""Of the style at the start: noise that scales every layer hides what is known of a picture."""


class StyledConv(ModulatedConv):
    """(B, C, H, W) and a style (B, S) to (B, O, H, W)."""

    def __init__(self, channels: int, wide: int, style: int) -> None:
        super().__init__(channels, wide, style)
        self.shift = nn.Linear(style, wide)
        for told in (self.strength, self.shift):
            nn.init.normal_(told.weight, std=FAINT / math.sqrt(style))

    def forward(self, maps: Tensor, style: Tensor) -> Tensor:
        """Convolve with the weights of each row's style, and shift."""
        maps = super().forward(maps, style) + self.shift(style)[:, :, None, None]
        return GAIN * leaky_relu(maps, SLOPE)
