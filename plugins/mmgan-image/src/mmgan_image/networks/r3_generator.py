"""R3GAN's generator: small learned maps, scaled by noise and condition, enlarged level by level.

The first maps are a learned basis (C, h, w), each channel times its number of Linear(z ⊕ c). It
makes pictures of any height, width and number of channels. Huang et al. 2024, "The GAN is dead;
long live the GAN! A modern baseline GAN", https://arxiv.org/abs/2501.05441.

A small network has few layers in which the noise can choose between shapes, and mixes shapes
instead. ``mapping`` puts dense layers before the first maps: Karras et al. 2019,
https://arxiv.org/abs/1812.04948.

Use it where rows must not mix, on a GPU, and for spectrograms; on two CPU cores `image/dcgan`
learns sooner.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_core.blocks.cross_attention import AttendingLevels
from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace
from mmgan_image.blocks.attend_option import AttendOptions
from mmgan_image.blocks.conditioning import noise_and_condition
from mmgan_image.blocks.levels import level_sizes
from mmgan_image.blocks.r3_block import RESAMPLING, R3Block, R3Options, level_widths
from mmgan_image.init_weights import SLOPE, init_kaiming, init_variance_scaling, residual_gain


class R3GeneratorOptions(R3Options, AttendOptions):
    """Options of the generator `image/r3`."""

    noise_dim: int = Field(64, ge=1, description="size of the noise")
    mapping: int = Field(
        0, ge=0, le=16, description="dense layers before the first maps; R3GAN has 0"
    )
    mapping_width: int = Field(128, ge=1, le=4096, description="size of each dense layer")


class R3Generator(Generator):
    """Noise (B, Z) and condition (B, dim) to pictures (B, C, H, W)."""

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
            {"preset": 32, "width": 8, "group": 4, "noise_dim": 5, "attend": 8},
        )

    def __init__(
        self, options: R3GeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.noise_dim = options.noise_dim
        sizes = level_sizes(space, options.levels)[::-1]
        widths = level_widths(options, len(sizes))[::-1]
        gain = residual_gain(options.blocks * len(sizes))
        self.sizes = sizes
        self.basis = nn.Parameter(torch.randn(widths[0], *sizes[0]))
        dims = [options.noise_dim + condition.dim, *[options.mapping_width] * options.mapping]
        mapping = [nn.Linear(a, b) for a, b in itertools.pairwise(dims)]
        self.mapping = nn.ModuleList(init_kaiming(layer, keep_bias=True) for layer in mapping)
        self.modulate = nn.Linear(dims[-1], widths[0])
        self.levels = nn.ModuleList(
            nn.Sequential(
                *(R3Block(wide, group=options.group, gain=gain) for _ in range(options.blocks))
            )
            for wide in widths
        )
        self.narrow = nn.ModuleList(
            nn.Identity()
            if one == next_
            else init_variance_scaling(nn.Conv2d(one, next_, 1, bias=False))
            for one, next_ in itertools.pairwise(widths)
        )
        self.paint = init_variance_scaling(nn.Conv2d(widths[-1], space.shape[0], 1))
        self.attend = AttendingLevels(sizes, widths, options.attend, condition)
        if self.attend:
            self.reads = frozenset({"pooled", "tokens"})

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make pictures: about from -1 to 1, not bounded, as the last layer is linear."""
        hidden = noise_and_condition(noise, condition.pooled)
        for layer in self.mapping:
            hidden = leaky_relu(layer(hidden), SLOPE)
        strength = self.modulate(hidden)
        _, grown = RESAMPLING[self.options.resample]
        maps = self.attend(0, self.levels[0](self.basis * strength[:, :, None, None]), condition)
        for number, narrow in enumerate(self.narrow, start=1):
            # Fewer channels first, then the larger size: the same result, and cheaper.
            maps = self.levels[number](grown(narrow(maps), self.sizes[number]))
            maps = self.attend(number, maps, condition)
        painted: Tensor = self.paint(maps)
        return painted
