"""Looks at the spectra of a wave at several resolutions, as at pictures.

Magnitudes in decibels, the bins of each frame along one side and the frames along the other. Jang
et al. 2021, "UnivNet", https://arxiv.org/abs/2106.07889: it finds what is too smooth or buzzes at
high pitches, which discriminators of waves hardly see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import ClassVar

from pydantic import Field
from torch import Tensor, nn

from mmgan_audio.mel_settings import rate_of
from mmgan_audio.spectrum import Spectrum, Window
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

_SILENT = 1e-7  # of power: -70 dB
_MIDDLE, _SPAN = -35.0, 35.0  # decibels at 0, and from there to 1


class MultiResolutionStftOptions(Options):
    """Options of the discriminator `audio/multi-resolution-stft`."""

    windows: tuple[Window, ...] = Field(
        (128, 256, 512),
        min_length=1,
        max_length=16,
        description="Samples of each window, at least 16; its hop is a quarter.",
    )
    width: int = Field(8, ge=1, le=512, description="Channels of all layers.")
    layers: int = Field(
        4, ge=1, le=8, description="Convolutions, each of which halves the number of bins."
    )


class MultiResolutionStftDiscriminator(Discriminator):
    """Waveforms (B, 1, T) to the logits of all resolutions, (B, N); features: one a convolution."""

    Options = MultiResolutionStftOptions
    options: MultiResolutionStftOptions
    reads: frozenset[ConditionPart] = frozenset()
    ignores_padding: ClassVar[bool] = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"windows": (32, 64), "width": 3, "layers": 2},)

    def __init__(
        self, options: MultiResolutionStftOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        rate_of(space, "audio/multi-resolution-stft")
        if min(options.windows) < 16:
            raise BadValue(f"windows must have 16 samples or more, not {min(options.windows)}")
        self.spectra = nn.ModuleList(Spectrum(window) for window in options.windows)
        self.stacks = nn.ModuleList(_stack(options) for _ in options.windows)

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Discriminate."""
        places = condition.places
        sample = cut(sample, places)
        found = []
        for spectrum, stack in zip(self.spectra, self.stacks, strict=True):
            assert isinstance(spectrum, Spectrum)
            decibels = 10 * (spectrum(sample) + _SILENT).log10()
            seen = ((decibels - _MIDDLE) / _SPAN).to(sample)[:, None]  # (B, 1, bins, frames)
            real = spectrum.real_frames(places, sample.shape[-1])
            if real is not None:
                real = real[:, :, None].expand(-1, 1, seen.shape[2], -1)
            found.append(stack(cut(seen, real), real))
        return joined(found)


def _stack(options: MultiResolutionStftOptions) -> Stack:
    widths = [1, *(options.width for _ in range(options.layers))]
    layers = [
        nn.Conv2d(before, after, (7, 3), (2, 1), padding=(3, 1))
        for before, after in pairwise(widths)
    ]
    layers.append(nn.Conv2d(widths[-1], 1, 3, padding=1))
    return Stack(layers)
