"""A small residual block: x + W2 a(W1 x), with 3x3 convolutions W1 and W2 and a leaky ReLU a.

W2 starts at zero, so that the block changes nothing at first.
He et al. 2016, "Identity mappings in deep residual networks", https://arxiv.org/abs/1603.05027.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_image.init_weights import SLOPE, init_kaiming, init_zeros


class Refinement(nn.Module):
    """Maps (B, C, H, W) to maps of the same shape."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.look = init_kaiming(nn.Conv2d(channels, channels, 3, padding=1))
        self.add = init_zeros(nn.Conv2d(channels, channels, 3, padding=1))

    def forward(self, maps: Tensor) -> Tensor:
        """Add the residual."""
        residual: Tensor = self.add(leaky_relu(self.look(maps), SLOPE))
        return maps + residual


def refinements(channels: int, count: int) -> nn.Sequential:
    """So many blocks, one after another; 0 of them change nothing."""
    return nn.Sequential(*(Refinement(channels) for _ in range(count)))
