"""Differences of log-mel spectra at several scales: what is heard of the difference of two sounds.

    mean over windows of mean |ln mel(G(z, c)) - ln mel(x)|

Mels are of amplitudes, so that the difference of one band is 1 where it is 8.7 dB. Short windows
hear when something sounds, and long ones at which pitch. Kong et al. 2020, "HiFi-GAN",
https://arxiv.org/abs/2010.05646, have one window and the weight 45; Kumar et al. 2023,
"High-fidelity audio compression with improved RVQGAN", https://arxiv.org/abs/2306.06546, seven
windows from 32 to 2048, and the weight 15. What is softer than ``floor_db`` in both does not count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_audio.mel_scale import MelScale
from mmgan_audio.mel_settings import rate_of
from mmgan_audio.spectrum import Spectrum, Window
from mmgan_core.contracts import AuxiliaryLoss, GeneratorStep, SampleSpace, mean_where
from mmgan_core.errors import BadValue
from mmgan_core.foundation.full_precision import full_precision
from mmgan_core.options import Options

# Natural logarithms of an amplitude, in decibels.
NEPER = 8.685889638


class MelDistanceOptions(Options):
    """Options of `audio/mel-distance`."""

    windows: tuple[Window, ...] = Field(
        (32, 64, 128, 256, 512, 1024),
        min_length=1,
        max_length=16,
        description="Samples of each window, at least 16; its hop is a quarter.",
    )
    bands: tuple[Annotated[int, Field(ge=1, le=512)], ...] = Field(
        (),
        max_length=16,
        description="Mel bands for each window; if unset an eighth of it, from 5 to 80.",
    )
    floor_db: float = Field(-70.0, description="Decibels of a band that is silent.")


class MelDistance(AuxiliaryLoss):
    """A mean over windows, rows, bands and frames that are no padding."""

    Options = MelDistanceOptions
    options: MelDistanceOptions
    paired: ClassVar[bool] = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"windows": (32, 64)}, {"windows": (64,), "bands": (8,)})

    def __init__(self, options: MelDistanceOptions, space: SampleSpace) -> None:
        super().__init__(options, space)
        rate, windows = rate_of(space, "audio/mel-distance"), options.windows
        if min(windows) < 16:
            raise BadValue(f"windows must have 16 samples or more, not {min(windows)}")
        bands = options.bands or tuple(min(80, max(5, window // 8)) for window in windows)
        if len(bands) != len(windows):
            raise BadValue(f"{len(windows)} windows need as many bands, not {len(bands)}")
        self.spectra = nn.ModuleList(Spectrum(window) for window in windows)
        for number, (window, count) in enumerate(zip(windows, bands, strict=True)):
            scale = MelScale(rate, window, window // 4, count, 0.0, rate / 2)
            scale.check_bands()
            self.register_buffer(f"filters{number}", scale.filters().clone(), persistent=False)

    def forward(self, step: GeneratorStep) -> Tensor:
        """0 where both sound alike."""
        apart = []
        for number, spectrum in enumerate(self.spectra):
            assert isinstance(spectrum, Spectrum)
            filters = self.get_buffer(f"filters{number}")
            made = self._decibels(filters, spectrum(step.fake))
            with torch.no_grad():
                real = self._decibels(filters, spectrum(step.real))
            places = spectrum.real_frames(step.condition.places, step.fake.shape[-1])
            apart.append(mean_where((made - real).abs(), places))
        return torch.stack(apart).mean() / NEPER

    def _decibels(self, filters: Tensor, power: Tensor) -> Tensor:
        least = 10 ** (self.options.floor_db / 10)
        with full_precision(power.device):
            return 10 * (filters.to(power) @ power).clamp_min(least).log10()
