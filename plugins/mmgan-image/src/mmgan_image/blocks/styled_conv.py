"""A modulated 3x3 convolution, shifted by the style too, and a leaky ReLU; it keeps the scale."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_image.blocks.modulated_conv import ModulatedConv
from mmgan_image.init_weights import KAIMING_GAIN, SLOPE, init_variance_scaling

FAINT = 0.1
"""Initial gain of the style: a strong one scales every layer and hides the known places."""


class StyledConv(ModulatedConv):
    """(B, C, H, W) and a style (B, S) to (B, O, H, W)."""

    def __init__(self, channels: int, wide: int, style: int) -> None:
        super().__init__(channels, wide, style)
        self.shift = nn.Linear(style, wide)
        for layer in (self.strength, self.shift):
            init_variance_scaling(layer, FAINT, keep_bias=True)

    def forward(self, maps: Tensor, style: Tensor) -> Tensor:
        """Convolve each row with the weights that its style modulates, and shift."""
        maps = super().forward(maps, style) + self.shift(style)[:, :, None, None]
        return KAIMING_GAIN * leaky_relu(maps, SLOPE)
