"""Discriminates waveforms stretch by stretch, by strided convolutions.

Kumar et al. 2019, "MelGAN", https://arxiv.org/abs/1910.06711, at one scale. Several scales are
several discriminators in the recipe. It reads no condition: whether the sound fits its spectrogram
is what `kinds/spectra` sees. Where the length of a sound is known, what lies beyond does not count.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import avg_pool1d, leaky_relu

from mmgan_core import BadValue, Options
from mmgan_core.contracts import (
    Condition,
    ConditionPart,
    ConditionSpace,
    Critique,
    Discriminator,
    SampleSpace,
    coarser,
    cut,
)

_SLOPE = 0.2
_STRIDE = 4


class WaveDiscriminatorOptions(Options):
    """Options of the discriminator `kinds/wave`."""

    width: int = Field(16, ge=1, description="channels of the first layer; doubled at each")
    layers: int = Field(3, ge=1, le=8, description="convolutions, each with a stride of 4")
    pool: int = Field(1, ge=1, description="samples whose mean it sees as one: its time scale")


class WaveDiscriminator(Discriminator):
    """Waveforms (B, 1, T) to logits (B, t); features: one a convolution."""

    Options = WaveDiscriminatorOptions
    options: WaveDiscriminatorOptions
    reads: frozenset[ConditionPart] = frozenset()
    ignores_padding: ClassVar[bool] = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"width": 4, "layers": 1}, {"width": 3, "layers": 2, "pool": 2})

    def __init__(
        self, options: WaveDiscriminatorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        if len(space.shape) != 2 or space.shape[0] != 1:
            raise BadValue(f"samples must be (1, T), not {space.shape}: modality audio/audio")
        widths = [1, *(options.width * 2**layer for layer in range(options.layers))]
        self.convs = nn.ModuleList(
            nn.Conv1d(before, after, 9, _STRIDE, padding=4)
            for before, after in itertools.pairwise(widths)
        )
        self.head = nn.Conv1d(widths[-1], 1, 3, padding=1)

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Discriminate."""
        places = condition.places
        x = avg_pool1d(cut(sample, places), self.options.pool, ceil_mode=True)
        if places is not None:
            share = avg_pool1d(places.to(x), self.options.pool, ceil_mode=True)
            x, places = x / share.clamp_min(1 / self.options.pool), share > 0
        features: list[Tensor] = []
        real: list[Tensor | None] = []
        for conv in self.convs:
            places = None if places is None else coarser(places, _STRIDE)
            x = cut(leaky_relu(conv(x), _SLOPE), places)
            features.append(x)
            real.append(places)
        logits = self.head(x).squeeze(1)
        if places is None:
            return Critique(logits, tuple(features))
        return Critique(logits, tuple(features), None, places[:, 0], tuple(real))
