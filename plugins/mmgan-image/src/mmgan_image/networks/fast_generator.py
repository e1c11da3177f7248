"""FastGAN's light generator: gated convolutions, and small grids that weigh the large ones.

Every level is resized, 3x3 convolved to twice the channels, batch normalised, and gated (GLU): half
of the channels say how much of the other half passes. Skip-layer excitation: a grid, pooled to
4 x 4 and put beside the condition, weighs the channels of one ``reach`` levels above it. Liu et al.
2021, "Towards faster and stabilized GAN training for high-fidelity few-shot image synthesis",
https://arxiv.org/abs/2101.04775. Noise comes in at the start alone; the paper also adds some to
every grid. Batch normalisation mixes the rows of a batch while training.

Use it for few pictures of 128 pixels and more; on small ones it is no quicker than others.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, glu, silu

from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace
from mmgan_image.blocks.conditioning import noise_and_condition
from mmgan_image.blocks.levels import level_sizes, resized
from mmgan_image.blocks.widths import WidthOptions

POOLED = 4


class FastGeneratorOptions(WidthOptions):
    """Options of the generator `image/fast`."""

    noise_dim: int = Field(64, ge=1, description="size of the noise")
    reach: int = Field(2, ge=1, description="levels that an excitation leaps; the paper has 4")


class FastGenerator(Generator):
    """(B, Z) noise and (B, dim) condition to (B, C, H, W) from -1 to 1."""

    Options = FastGeneratorOptions
    options: FastGeneratorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"width": 4, "noise_dim": 8, "reach": 1}, {"width": 6, "noise_dim": 5})

    def __init__(
        self, options: FastGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.noise_dim = options.noise_dim
        self.sizes = level_sizes(space)[::-1]
        widths = options.widths(len(self.sizes))[::-1]
        area = self.sizes[0][0] * self.sizes[0][1]
        self.seed = nn.Linear(options.noise_dim + condition.dim, 2 * widths[0] * area)
        self.norms = nn.ModuleList(nn.BatchNorm2d(2 * wide) for wide in widths)
        # Normalisation follows: it would take a bias out again.
        self.grow = nn.ModuleList(
            nn.Conv2d(one, 2 * wide, 3, padding=1, bias=False)
            for one, wide in itertools.pairwise(widths)
        )
        self.excite = nn.ModuleList(
            Excitation(one, wide, condition.dim)
            for one, wide in zip(widths, widths[options.reach :], strict=False)
        )
        self.paint = nn.Conv2d(widths[-1], space.shape[0], 3, padding=1)

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Bounded by tanh."""
        seed = self.seed(noise_and_condition(noise, condition.pooled))
        start = seed.unflatten(1, (-1, *self.sizes[0]))
        levels = [glu(self.norms[0](start), dim=1)]
        for grow, norm, size in zip(self.grow, self.norms[1:], self.sizes[1:], strict=True):
            maps = glu(norm(grow(resized(levels[-1], size))), dim=1)
            below = len(levels) - self.options.reach
            if below >= 0:
                maps = maps * self.excite[below](levels[below], condition.pooled)
            levels.append(maps)
        return torch.tanh(self.paint(levels[-1]))


class Excitation(nn.Module):
    """A small grid (B, C, h, w) and the condition to a weight for each channel, (B, O, 1, 1)."""

    def __init__(self, channels: int, wide: int, condition: int) -> None:
        super().__init__()
        self.gather = nn.Linear(channels * POOLED**2 + condition, wide)
        self.weigh = nn.Linear(wide, wide)

    def forward(self, small: Tensor, condition: Tensor) -> Tensor:
        """From 0 to 1."""
        pooled = adaptive_avg_pool2d(small, POOLED).flatten(1)
        hidden = silu(self.gather(noise_and_condition(pooled, condition)))
        return torch.sigmoid(self.weigh(hidden))[:, :, None, None]
