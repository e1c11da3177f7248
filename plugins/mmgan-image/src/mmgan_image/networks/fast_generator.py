"""FastGAN's light generator: gated convolutions and skip-layer excitation.

Each level enlarges the maps, convolves them (3x3) to twice the channels, normalises over the batch,
and gates (GLU): half of the channels decide how much of the other half passes. Skip-layer
excitation: maps, pooled to 4 x 4, and the condition weigh the channels of the maps that lie
``reach`` levels above. Liu et al. 2021, "Towards faster and stabilized GAN training for
high-fidelity few-shot image synthesis", https://arxiv.org/abs/2101.04775. Noise enters at the
start only; the paper also adds noise to all maps. Batch normalisation mixes the rows of a batch in
training.

Use it for a few pictures of 128 pixels or more; on smaller pictures it is not faster than others.
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
    reach: int = Field(
        2, ge=1, description="levels from small maps up to those that they weigh; the paper has 4"
    )


class FastGenerator(Generator):
    """Noise (B, Z) and condition (B, dim) to pictures (B, C, H, W) from -1 to 1."""

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
        # No bias, because the normalisation that follows would take it out again.
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
        """Make pictures, bounded by tanh."""
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
    """Small maps (B, C, h, w) and the condition to a weight for each channel, (B, O, 1, 1)."""

    def __init__(self, channels: int, wide: int, condition: int) -> None:
        super().__init__()
        self.gather = nn.Linear(channels * POOLED**2 + condition, wide)
        self.weigh = nn.Linear(wide, wide)

    def forward(self, small: Tensor, condition: Tensor) -> Tensor:
        """Weights from 0 to 1."""
        pooled = adaptive_avg_pool2d(small, POOLED).flatten(1)
        hidden = silu(self.gather(noise_and_condition(pooled, condition)))
        return torch.sigmoid(self.weigh(hidden))[:, :, None, None]
