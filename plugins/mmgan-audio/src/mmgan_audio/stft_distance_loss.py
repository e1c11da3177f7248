"""Differences of spectra at several resolutions.

With the magnitudes A of what is made and B of what is real, it is the mean over windows of

    |A - B| / |B|  +  mean |ln A - ln B|        (norms over bins and frames of a row)

The first part cares for what is loud, the second for what is soft. Yamamoto, Song, Kim 2020,
"Parallel WaveGAN", https://arxiv.org/abs/1910.11480.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_audio.mel_settings import rate_of
from mmgan_audio.spectrum import Spectrum, Window
from mmgan_core.contracts import AuxiliaryLoss, GeneratorStep, SampleSpace, cut, mean_where
from mmgan_core.errors import BadValue
from mmgan_core.options import Options

_TINY = 1e-4


class StftDistanceOptions(Options):
    """Options of `audio/stft-distance`."""

    windows: tuple[Window, ...] = Field(
        (64, 256, 1024),
        min_length=1,
        max_length=16,
        description="Samples of each window, at least 16; its hop is a quarter.",
    )
    floor_db: float = Field(-80.0, description="Decibels of a bin that is silent.")


class StftDistance(AuxiliaryLoss):
    """A mean over windows, rows, bins and frames that are no padding."""

    Options = StftDistanceOptions
    options: StftDistanceOptions
    paired: ClassVar[bool] = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"windows": (32, 64)},)

    def __init__(self, options: StftDistanceOptions, space: SampleSpace) -> None:
        super().__init__(options, space)
        rate_of(space, "audio/stft-distance")
        if min(options.windows) < 16:
            raise BadValue(f"windows must have 16 samples or more, not {min(options.windows)}")
        self.spectra = nn.ModuleList(Spectrum(window) for window in options.windows)

    def forward(self, step: GeneratorStep) -> Tensor:
        """0 where both have the same spectra."""
        least, apart = 10 ** (self.options.floor_db / 10), []
        for spectrum in self.spectra:
            assert isinstance(spectrum, Spectrum)
            made = spectrum(step.fake).clamp_min(least).sqrt()
            with torch.no_grad():
                real = spectrum(step.real).clamp_min(least).sqrt()
            places = spectrum.real_frames(step.condition.places, step.fake.shape[-1])
            loud = (_norms(made - real, places) / (_norms(real, places) + _TINY)).mean()
            soft = mean_where((made.log() - real.log()).abs(), places)
            apart.append(loud + soft)
        return torch.stack(apart).mean()


def _norms(values: Tensor, places: Tensor | None) -> Tensor:
    """The Euclidean norm of each row (B, bins, frames), whose gradient is 0 where it is 0."""
    return (cut(values, places).square().sum((1, 2)) + _TINY**2).sqrt() - _TINY
