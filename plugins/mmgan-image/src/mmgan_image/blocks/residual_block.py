"""Residual blocks that grow or shrink a grid.

Up: a(norm x) resized, 3x3, norm, a, 3x3, beside x resized and 1x1. Down: a, 3x3, a, 3x3, beside
1x1, then both halved. Miyato et al. 2018, https://arxiv.org/abs/1802.05957; the norm with scale and
shift from noise and condition as in Brock et al. 2019, https://arxiv.org/abs/1809.11096.
"""

from __future__ import annotations

from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_image.blocks.levels import SLOPE, halved, resized
from mmgan_image.blocks.widths import WidthOptions


class ResidualOptions(WidthOptions):
    """What `image/residual` lets a recipe say of either player."""

    attention: int = Field(
        0, ge=0, description="self-attention at the largest inner grid of this short side; 0: none"
    )


class ModulatedNorm(nn.Module):
    """Batch normalisation whose scale and shift a vector (B, T) decides."""

    def __init__(self, channels: int, told: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.modulate = nn.Linear(told, 2 * channels)

    def forward(self, maps: Tensor, told: Tensor) -> Tensor:
        """Normalise, scale, shift."""
        scale, shift = self.modulate(told)[:, :, None, None].chunk(2, dim=1)
        modulated: Tensor = self.norm(maps) * (1 + scale) + shift
        return modulated


class UpBlock(nn.Module):
    """(B, C, h, w) and what it is told, (B, T), to (B, O, H, W)."""

    def __init__(self, channels: int, wide: int, told: int, size: tuple[int, int]) -> None:
        super().__init__()
        self.size = size
        self.norms = nn.ModuleList(ModulatedNorm(c, told) for c in (channels, wide))
        # Normalisation follows: it would take a bias out again.
        self.grow = nn.Conv2d(channels, wide, 3, padding=1, bias=False)
        self.refine = nn.Conv2d(wide, wide, 3, padding=1, bias=False)
        self.skip = nn.Conv2d(channels, wide, 1, bias=False)

    def forward(self, maps: Tensor, told: Tensor) -> Tensor:
        """Grow."""
        first, second = self.norms
        inner = self.grow(resized(leaky_relu(first(maps, told), SLOPE), self.size))
        inner = self.refine(leaky_relu(second(inner, told), SLOPE))
        # Narrowing first is the same as after, and cheaper.
        grown: Tensor = inner + resized(self.skip(maps), self.size)
        return grown


class DownBlock(nn.Module):
    """(B, C, H, W) to (B, O, h, w), halved or not; the first looks at samples as they are."""

    def __init__(self, channels: int, wide: int, *, first: bool, halve: bool) -> None:
        super().__init__()
        self.first, self.halve = first, halve
        self.look = nn.Conv2d(channels, wide, 3, padding=1)
        self.refine = nn.Conv2d(wide, wide, 3, padding=1)
        self.skip = nn.Conv2d(channels, wide, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """Shrink."""
        inner = self.look(maps if self.first else leaky_relu(maps, SLOPE))
        inner = self.refine(leaky_relu(inner, SLOPE))
        both: Tensor = inner + self.skip(maps)
        return halved(both) if self.halve else both
