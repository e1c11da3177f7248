"""Differences of log-mel spectra: what is heard of the difference of two sounds.

    mean over windows of mean |log mel(G(z, c)) - log mel(x)|

in decibels over 10. Several windows hear both when and at which pitch something sounds. Yamamoto
et al. 2020, "Parallel WaveGAN", https://arxiv.org/abs/1910.11480 (several windows); Kong et al.
2020, "HiFi-GAN", https://arxiv.org/abs/2010.05646 (log-mel, weight 45 for natural logarithms).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from mmgan_audio.mel_scale import MelScale
from mmgan_core import BadValue, Options
from mmgan_core.contracts import AuxiliaryLoss, GeneratorStep, SampleSpace, coarser, mean_where

_DECIBELS = 10.0
_FLOOR = -60.0


class SpectraOptions(Options):
    """Options of `kinds/spectra`."""

    rate: int = Field(8000, ge=100, description="samples a second")
    windows: tuple[int, ...] = Field(
        (256, 512), min_length=1, description="samples of each window; its hop is a quarter"
    )
    bands: int = Field(32, ge=1, description="mel bands")


class Spectra(AuxiliaryLoss):
    """A mean over windows, rows, bands and frames that are no padding."""

    Options = SpectraOptions
    options: SpectraOptions
    paired: ClassVar[bool] = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"windows": (64,), "bands": 8},)

    def __init__(self, options: SpectraOptions, space: SampleSpace) -> None:
        super().__init__(options, space)
        if len(space.shape) != 2 or space.shape[0] != 1:
            raise BadValue(f"samples must be (1, T), not {space.shape}: modality audio/audio")
        self.scales = [
            MelScale(options.rate, window, window // 4, options.bands, 0.0, options.rate / 2)
            for window in options.windows
        ]
        for scale in self.scales:
            scale.check_bands()

    def forward(self, step: GeneratorStep) -> Tensor:
        """0 where both sound alike."""
        fake, real = (sound.float().squeeze(1) for sound in (step.fake, step.real))
        apart = []
        for scale in self.scales:
            difference = (_heard(scale, fake) - _heard(scale, real)).abs()  # (B, bands, frames)
            apart.append(mean_where(difference, _frames(scale, step.condition.places)))
        return torch.stack(apart).mean() / _DECIBELS


def _frames(scale: MelScale, places: Tensor | None) -> Tensor | None:
    """The frames that sounds reach into, (B, 1, frames), of their real places, (B, 1, T)."""
    if places is None:
        return None
    return coarser(places[..., : places.shape[-1] // scale.hop * scale.hop], scale.hop)


def _heard(scale: MelScale, sound: Tensor) -> Tensor:
    return scale.decibels(sound).clamp_min(_FLOOR)
