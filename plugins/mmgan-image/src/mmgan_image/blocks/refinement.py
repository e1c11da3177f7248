"""Two 3x3 convolutions whose result is added to what came in: x + W2 a(W1 x), W2 zero at first.

He et al. 2016, "Identity mappings in deep residual networks", https://arxiv.org/abs/1603.05027.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_image.blocks.levels import SLOPE
from mmgan_image.blocks.r3_block import drawn, gain_of


class Refinement(nn.Module):
    """(B, C, H, W) to the same."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.look = drawn(nn.Conv2d(channels, channels, 3, padding=1), gain_of(1))
        self.add = nn.Conv2d(channels, channels, 3, padding=1)
        for weight in self.add.parameters():
            nn.init.zeros_(weight)

    def forward(self, maps: Tensor) -> Tensor:
        """Add the residual."""
        residual: Tensor = self.add(leaky_relu(self.look(maps), SLOPE))
        return maps + residual


def refinements(channels: int, count: int) -> nn.Sequential:
    """So many, one after another; none changes nothing."""
    return nn.Sequential(*(Refinement(channels) for _ in range(count)))
