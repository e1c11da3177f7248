"""Looks at a wave at several time scales: as it is, and as the mean of 2 and of 4 samples.

Strided convolutions whose channels are grouped see longer and longer stretches. Kumar et al. 2019,
"MelGAN: generative adversarial networks for conditional waveform synthesis",
https://arxiv.org/abs/1910.06711.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, ClassVar

from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import avg_pool1d

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
from mmgan_core.options import Options

_STRIDE = 4
_GROUPED = 4


class MultiScaleOptions(Options):
    """Options of the discriminator `audio/multi-scale`."""

    scales: tuple[Annotated[int, Field(le=2**14)], ...] = Field(
        (1, 2, 4),
        min_length=1,
        max_length=16,
        description="Samples whose mean is seen as one, for each scale.",
    )
    width: int = Field(8, ge=1, le=512, description="Channels of the first layer; doubled at each.")
    max_width: int = Field(64, ge=1, le=4096, description="Most channels of any layer.")
    layers: int = Field(3, ge=1, le=8, description="Convolutions, each with a stride of 4.")


class MultiScaleDiscriminator(Discriminator):
    """Waveforms (B, 1, T) to the logits of all scales, (B, N); features: one a convolution."""

    Options = MultiScaleOptions
    options: MultiScaleOptions
    reads: frozenset[ConditionPart] = frozenset()
    ignores_padding: ClassVar[bool] = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"scales": (1, 3), "width": 4, "layers": 2},)

    def __init__(
        self, options: MultiScaleOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        rate_of(space, "audio/multi-scale")
        self.stacks = nn.ModuleList(_stack(options) for _ in options.scales)

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Discriminate."""
        places = condition.places
        sample = cut(sample, places)
        return joined(
            stack(*_averaged(sample, places, scale))
            for stack, scale in zip(self.stacks, self.options.scales, strict=True)
        )


def _stack(options: MultiScaleOptions) -> Stack:
    widths = [1, *(min(options.width * 2**n, options.max_width) for n in range(options.layers))]
    layers = []
    for before, after in pairwise(widths):
        groups = _GROUPED if before % _GROUPED == after % _GROUPED == 0 else 1
        layers.append(nn.Conv1d(before, after, 15, _STRIDE, padding=7, groups=groups))
    layers.append(nn.Conv1d(widths[-1], 1, 3, padding=1))
    return Stack(layers)


def _averaged(wave: Tensor, places: Tensor | None, by: int) -> tuple[Tensor, Tensor | None]:
    """The means of ``by`` real samples, and where there are any."""
    mean = avg_pool1d(wave, by, ceil_mode=True)
    if places is None:
        return mean, None
    share = avg_pool1d(places.to(wave), by, ceil_mode=True)
    return mean / share.clamp_min(1 / by), share > 0
