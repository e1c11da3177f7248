"""SPADE's generator: normalised maps, scaled and shifted at each place by what is given there.

    SPADE(x) = norm(x) * (1 + scale) + shift

norm is batch normalisation; scale and shift are convolutions of the given maps at the size of x,
plus a dense layer of noise and condition, which is the same at every place. Noise and condition
also make the first maps. Park et al. 2019, "Semantic image synthesis with spatially-adaptive
normalization", https://arxiv.org/abs/1903.07291, there with spectral normalisation, and noise in
the first maps alone.

It makes pictures of any size, as large as the given maps demand.

Use it for pictures from coarse maps, such as areas or edges. Where most of the given picture comes
through unchanged, as in super-resolution, `image/unet` has an easier way for it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace
from mmgan_image.blocks.conditioning import noise_and_condition
from mmgan_image.blocks.followed_maps import fitted, followed_parts
from mmgan_image.blocks.levels import level_sizes, resized
from mmgan_image.blocks.widths import WidthOptions
from mmgan_image.init_weights import SLOPE, init_kaiming, init_variance_scaling


class SpadeGeneratorOptions(WidthOptions):
    """Options of the generator `image/spade`."""

    noise_dim: int = Field(64, ge=1, description="size of the noise")
    inner: int = Field(32, ge=1, description="channels between given maps and scale and shift")


class SpadeGenerator(Generator):
    """Noise (B, Z) and a condition with maps to pictures (B, C, H, W) from -1 to 1."""

    Options = SpadeGeneratorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"width": 4, "noise_dim": 5, "inner": 4},)

    def __init__(
        self, options: SpadeGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.reads = followed_parts(condition)
        self.any_size = True
        self.noise_dim = options.noise_dim
        self.sizes = level_sizes(space)[::-1]
        widths = options.widths(len(self.sizes))[::-1]
        vector = options.noise_dim + condition.dim
        height, width = self.sizes[0]
        self.start = init_variance_scaling(nn.Linear(vector, widths[0] * height * width))
        self.levels = nn.ModuleList(
            _SpadeBlock(one, wide, condition.map_channels, options.inner, vector)
            for one, wide in itertools.pairwise([widths[0], *widths])
        )
        self.paint = init_variance_scaling(nn.Conv2d(widths[-1], space.shape[0], 3, padding=1))

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make pictures, bounded by tanh."""
        given, vector = condition.maps, noise_and_condition(noise, condition.pooled)
        assert given is not None
        space = replace(self.space, shape=self.shape_of(condition))
        sizes = level_sizes(space, len(self.sizes) - 1)[::-1]
        maps = self.start(vector).unflatten(1, (-1, *self.sizes[0]))
        for level, size in zip(self.levels, sizes, strict=True):
            maps = maps if size == maps.shape[2:] else resized(maps, size)
            maps = level(maps, fitted(given, size), vector)
        return torch.tanh(self.paint(leaky_relu(maps, SLOPE)))


class _SpadeNorm(nn.Module):
    """Normalises maps, scales and shifts them at each place."""

    def __init__(self, channels: int, given: int, inner: int, vector: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.look = init_kaiming(nn.Conv2d(given, inner, 3, padding=1))
        self.there = nn.Conv2d(inner, 2 * channels, 3, padding=1)
        self.everywhere = nn.Linear(vector, 2 * channels)

    def forward(self, maps: Tensor, given: Tensor, vector: Tensor) -> Tensor:
        there = self.there(leaky_relu(self.look(given), SLOPE))
        both = there + self.everywhere(vector)[:, :, None, None]
        scale, shift = both.chunk(2, dim=1)
        modulated: Tensor = self.norm(maps) * (1 + scale) + shift
        return modulated


class _SpadeBlock(nn.Module):
    """Maps (B, C, H, W) to (B, O, H, W): two modulated convolutions beside a 1x1 one."""

    def __init__(self, channels: int, wide: int, given: int, inner: int, vector: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(
            _SpadeNorm(number, given, inner, vector) for number in (channels, wide)
        )
        # No bias, because the normalisation that follows would take it out again.
        self.look = init_kaiming(nn.Conv2d(channels, wide, 3, padding=1, bias=False))
        self.refine = init_kaiming(nn.Conv2d(wide, wide, 3, padding=1, bias=False))
        self.skip = init_variance_scaling(nn.Conv2d(channels, wide, 1, bias=False))

    def forward(self, maps: Tensor, given: Tensor, vector: Tensor) -> Tensor:
        first, second = self.norms
        inner = self.look(leaky_relu(first(maps, given, vector), SLOPE))
        inner = self.refine(leaky_relu(second(inner, given, vector), SLOPE))
        both: Tensor = inner + self.skip(maps)
        return both / math.sqrt(2)  # a sum of two has twice the power
