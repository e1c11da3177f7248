"""Residual blocks that enlarge or halve maps: of SNGAN and BigGAN.

    up(x)   = W2 a(norm(W1 resize(a(norm(x))))) + W3 resize(x)
    down(x) = halve(W2 a(W1 a(x)) + W3 x)

W1 and W2 are 3x3 convolutions, W3 is a 1x1 convolution, a a leaky ReLU. Miyato et al. 2018,
https://arxiv.org/abs/1802.05957. Noise and condition decide the scale and shift of each norm: Brock
et al. 2019, https://arxiv.org/abs/1809.11096.
"""

from __future__ import annotations

from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_image.blocks.levels import halved, resized
from mmgan_image.blocks.widths import WidthOptions
from mmgan_image.init_weights import SLOPE


class ResidualOptions(WidthOptions):
    """Options of the generator and the discriminator `image/residual`."""

    attention: int = Field(
        0,
        ge=0,
        description="self-attention on the largest level with at most this short side; 0: none",
    )


class ModulatedNorm(nn.Module):
    """Batch normalisation whose scale and shift a vector (B, T) of noise and condition decides."""

    def __init__(self, channels: int, vector: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.modulate = nn.Linear(vector, 2 * channels)

    def forward(self, maps: Tensor, vector: Tensor) -> Tensor:
        """Normalise, scale, shift."""
        scale, shift = self.modulate(vector)[:, :, None, None].chunk(2, dim=1)
        modulated: Tensor = self.norm(maps) * (1 + scale) + shift
        return modulated


class UpBlock(nn.Module):
    """Maps (B, C, h, w) and a vector (B, T) of noise and condition to maps (B, O, H, W)."""

    def __init__(self, channels: int, wide: int, vector: int, size: tuple[int, int]) -> None:
        super().__init__()
        self.size = size
        self.norms = nn.ModuleList(ModulatedNorm(c, vector) for c in (channels, wide))
        # No bias, because the normalisation that follows would take it out again.
        self.grow = nn.Conv2d(channels, wide, 3, padding=1, bias=False)
        self.refine = nn.Conv2d(wide, wide, 3, padding=1, bias=False)
        self.skip = nn.Conv2d(channels, wide, 1, bias=False)

    def forward(self, maps: Tensor, vector: Tensor) -> Tensor:
        """Enlarge the maps."""
        first, second = self.norms
        inner = self.grow(resized(leaky_relu(first(maps, vector), SLOPE), self.size))
        inner = self.refine(leaky_relu(second(inner, vector), SLOPE))
        # Fewer channels first, then the larger size: the same result, and cheaper.
        grown: Tensor = inner + resized(self.skip(maps), self.size)
        return grown


class DownBlock(nn.Module):
    """Maps (B, C, H, W) to maps (B, O, h, w), halved or not; the first block takes raw samples."""

    def __init__(self, channels: int, wide: int, *, first: bool, halve: bool) -> None:
        super().__init__()
        self.first, self.halve = first, halve
        self.look = nn.Conv2d(channels, wide, 3, padding=1)
        self.refine = nn.Conv2d(wide, wide, 3, padding=1)
        self.skip = nn.Conv2d(channels, wide, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """Halve the maps, where the block does."""
        inner = self.look(maps if self.first else leaky_relu(maps, SLOPE))
        inner = self.refine(leaky_relu(inner, SLOPE))
        both: Tensor = inner + self.skip(maps)
        return halved(both) if self.halve else both
