"""R3GAN's generator: a learned small grid, modulated, grown level by level.

The grid is a learned basis (C, h, w) times Linear(noise and condition). Huang et al. 2024, "The GAN
is dead; long live the GAN! A modern baseline GAN". Any height, width and number of channels.

A small network has few layers in which noise could choose between shapes, and adds them up instead:
``mapping`` puts dense layers before the grid, as Karras et al. 2019 do
(https://arxiv.org/abs/1812.04948).

Use it where rows must not mix, where there is a GPU, and for spectrograms; on two CPU cores
`image/dcgan` learns sooner.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace
from mmgan_image.blocks.conditioning import noise_and_condition
from mmgan_image.blocks.levels import SLOPE, level_sizes
from mmgan_image.blocks.r3_block import RESAMPLING, R3Block, R3Options, drawn, gain_of, level_widths


class R3GeneratorOptions(R3Options):
    """Options of the generator `image/r3`."""

    noise_dim: int = Field(64, ge=1, description="size of the noise")
    mapping: int = Field(0, ge=0, le=16, description="dense layers before the grid; R3GAN has 0")
    mapping_width: int = Field(128, ge=1, le=4096, description="size of each of them")


class R3Generator(Generator):
    """(B, Z) noise and (B, dim) condition to (B, C, H, W)."""

    Options = R3GeneratorOptions
    options: R3GeneratorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"width": 8, "group": 4},
            {
                "width": 4,
                "growth": 1.5,
                "blocks": 2,
                "noise_dim": 5,
                "mapping": 2,
                "mapping_width": 8,
            },
            {"preset": 32, "width": 8, "group": 4, "noise_dim": 5},
        )

    def __init__(
        self, options: R3GeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.noise_dim = options.noise_dim
        sizes = level_sizes(space, options.levels)[::-1]
        widths = level_widths(options, len(sizes))[::-1]
        gain = gain_of(options.blocks * len(sizes))
        self.sizes = sizes
        self.basis = nn.Parameter(torch.randn(widths[0], *sizes[0]))
        told = [options.noise_dim + condition.dim, *[options.mapping_width] * options.mapping]
        mapping = [nn.Linear(a, b) for a, b in itertools.pairwise(told)]
        for layer in mapping:
            nn.init.kaiming_normal_(layer.weight, a=SLOPE)
        self.mapping = nn.ModuleList(mapping)
        self.modulate = nn.Linear(told[-1], widths[0])
        self.levels = nn.ModuleList(
            nn.Sequential(
                *(R3Block(wide, group=options.group, gain=gain) for _ in range(options.blocks))
            )
            for wide in widths
        )
        self.narrow = nn.ModuleList(
            nn.Identity() if one == next_ else drawn(nn.Conv2d(one, next_, 1, bias=False), 1.0)
            for one, next_ in itertools.pairwise(widths)
        )
        self.paint = drawn(nn.Conv2d(widths[-1], space.shape[0], 1), 1.0)

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Linear in its last layer: about from -1 to 1, not bounded."""
        told = noise_and_condition(noise, condition.pooled)
        for layer in self.mapping:
            told = leaky_relu(layer(told), SLOPE)
        strength = self.modulate(told)
        _, grown = RESAMPLING[self.options.resample]
        maps = self.levels[0](self.basis * strength[:, :, None, None])
        for level, narrow, size in zip(self.levels[1:], self.narrow, self.sizes[1:], strict=True):
            # Narrowing first is the same as after, and cheaper.
            maps = level(grown(narrow(maps), size))
        painted: Tensor = self.paint(maps)
        return painted
