"""A residual generator of sketches: few learned points become more, level by level.

    w = a(Linear(noise ⊕ condition)),   x_0 = basis (C, t) times Linear(w)
    x_i+1 = block(stretch(narrow(x_i)), w),   sample = Linear(x_n)

The blocks are R3GAN's (Huang et al. 2024, https://arxiv.org/abs/2501.05441); the style w modulates
each of them (Karras et al. 2019, https://arxiv.org/abs/1812.04948).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from mmgan_core import Options
from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace
from mmgan_sketch.sequence_block import (
    CHANNELS,
    SLOPE,
    SequenceBlock,
    init_kaiming,
    lengths,
    stretched,
)


class StrokesGeneratorOptions(Options):
    """Options of the generator `sketch/strokes`."""

    noise_dim: int = Field(32, ge=1, description="size of the noise")
    width: int = Field(32, ge=1, description="channels at full length")
    max_width: int = Field(
        128, ge=1, description="most channels of any level; doubled at each halving"
    )
    style: int = Field(64, ge=1, description="size of the style, which modulates the blocks")


class StrokesGenerator(Generator):
    """Noise (B, Z) and condition (B, dim) to sketches (B, 3, T)."""

    Options = StrokesGeneratorOptions
    options: StrokesGeneratorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"width": 8, "style": 8}, {"width": 6, "max_width": 9, "noise_dim": 5})

    def __init__(
        self, options: StrokesGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.noise_dim = options.noise_dim
        self.lengths = lengths(space)[::-1]
        widths = [min(options.width * 2**k, options.max_width) for k in range(len(self.lengths))]
        widths = widths[::-1]
        self.mix = nn.Linear(options.noise_dim + condition.dim, options.style)
        self.basis = nn.Parameter(torch.randn(widths[0], self.lengths[0]))
        self.strength = nn.Linear(options.style, widths[0])
        self.blocks = nn.ModuleList(SequenceBlock(wide, style=options.style) for wide in widths)
        self.narrow = nn.ModuleList(
            init_kaiming(nn.Conv1d(one, other, 1, bias=False))
            for one, other in itertools.pairwise(widths)
        )
        self.draw = init_kaiming(nn.Conv1d(widths[-1], CHANNELS, 1))

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make sketches: about from -1 to 1, not bounded, as the last layer is linear."""
        vector = torch.cat([noise, condition.pooled.to(noise.dtype)], dim=1)
        style = functional.leaky_relu(self.mix(vector), SLOPE)
        x = self.blocks[0](self.basis * self.strength(style)[:, :, None], style)
        for block, narrow, length in zip(
            self.blocks[1:], self.narrow, self.lengths[1:], strict=True
        ):
            x = block(stretched(narrow(x), length), style)
        sample: Tensor = self.draw(x)
        return sample
