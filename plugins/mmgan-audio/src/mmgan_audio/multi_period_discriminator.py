"""Looks at every p-th sample of a wave, for several p: what is periodic is heard as it repeats.

Samples (T) are folded to (T / p, p), and convolutions run along the columns alone. Prime periods
overlap least. Kong, Kim, Bae 2020, "HiFi-GAN", https://arxiv.org/abs/2010.05646; the widths are
smaller here, and set by an option.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, ClassVar

from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import pad

from mmgan_audio.mel_settings import rate_of
from mmgan_audio.wave_critiques import Stack, joined
from mmgan_core.contracts import (
    Condition,
    ConditionPart,
    ConditionSpace,
    Critique,
    Discriminator,
    SampleSpace,
    cut,
)
from mmgan_core.errors import BadValue
from mmgan_core.options import Options

_STRIDE = 3


class MultiPeriodOptions(Options):
    """Options of the discriminator `audio/multi-period`."""

    periods: tuple[Annotated[int, Field(le=2**14)], ...] = Field(
        (2, 3, 5, 7, 11), min_length=1, max_length=16, description="Samples of each period."
    )
    width: int = Field(8, ge=1, le=512, description="Channels of the first layer; doubled at each.")
    max_width: int = Field(64, ge=1, le=4096, description="Most channels of any layer.")
    layers: int = Field(4, ge=1, le=8, description="Convolutions, each with a stride of 3.")


class MultiPeriodDiscriminator(Discriminator):
    """Waveforms (B, 1, T) to the logits of all periods, (B, N); features: one a convolution."""

    Options = MultiPeriodOptions
    options: MultiPeriodOptions
    reads: frozenset[ConditionPart] = frozenset()
    ignores_padding: ClassVar[bool] = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"periods": (2, 3), "width": 3, "layers": 2},)

    def __init__(
        self, options: MultiPeriodOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        rate_of(space, "audio/multi-period")
        if not all(1 <= period <= space.shape[1] for period in options.periods):
            raise BadValue(
                f"periods {options.periods} must be from 1 to {space.shape[1]}, the samples of a "
                "waveform"
            )
        self.stacks = nn.ModuleList(_stack(options) for _ in options.periods)

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Discriminate."""
        places = condition.places
        sample = cut(sample, places)
        return joined(
            stack(_folded(sample, period), None if places is None else _folded(places, period))
            for stack, period in zip(self.stacks, self.options.periods, strict=True)
        )


def _stack(options: MultiPeriodOptions) -> Stack:
    widths = [1, *(min(options.width * 2**n, options.max_width) for n in range(options.layers))]
    layers = [
        nn.Conv2d(before, after, (5, 1), (_STRIDE, 1), padding=(2, 0))
        for before, after in pairwise(widths)
    ]
    layers.append(nn.Conv2d(widths[-1], 1, (3, 1), padding=(1, 0)))
    return Stack(layers)


def _folded(wave: Tensor, period: int) -> Tensor:
    """(B, 1, T) to (B, 1, ceil(T / period), period), zeros at the end."""
    missing = -wave.shape[-1] % period
    folded: Tensor = pad(wave, (0, missing)).unflatten(-1, (-1, period))
    return folded
