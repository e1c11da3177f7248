"""Sound as a waveform.

A sample is (1, T) in [-1, 1] with T = round(seconds * rate), aligned at its start. Prepared values
are 16-bit integers, as most recordings are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from mmgan_audio.mel_settings import WAVE
from mmgan_audio.portable_sound import Wave, WaveSample, sound_reading
from mmgan_audio.sound_modality import SoundModality, SoundOptions
from mmgan_core.contracts import Reading, SampleSpace, Settings, Showing

_FULL_SCALE = 32767


class AudioModality(SoundModality):
    """Waveforms of one length and rate."""

    Options = SoundOptions
    length_axes: ClassVar[tuple[int, ...]] = (1,)

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"rate": 8000, "seconds": 0.1},
            {"rate": 11025, "seconds": 0.033, "normalise": False},
        )

    @property
    def space(self) -> SampleSpace:
        settings = Settings.of(WAVE, rate=self.options.rate)
        return SampleSpace(self.kind, (1, self._length), settings=settings)

    def prepare(self, values: Sequence[object]) -> Tensor:
        waves = self.stacked(values, self._length)
        return (waves * _FULL_SCALE).round().to(torch.int16)[:, None]  # (B, 1, T)

    def to_sample(self, prepared: Tensor) -> Tensor:
        return prepared.float() / _FULL_SCALE

    def present(self, sample: Tensor) -> list[object]:
        waves = sample.detach().float().clamp(-1, 1)[:, 0].cpu().numpy()
        return [self.heard(wave) for wave in waves]

    def reading(self) -> Reading:
        """The samples, of which the graph makes those of 16 bits."""
        return sound_reading(self, self._length, WaveSample(_FULL_SCALE))

    def showing(self) -> Showing:
        """The samples as they are."""
        settings = {"rate": self.options.rate, "scale": None, "trim_db": self.options.trim_db}
        return Showing("sound", settings, Wave())

    def places(self, values: Sequence[object]) -> Tensor:
        """The samples that a sound has, (B, T)."""
        return self.frames_of(values, self._length)

    @property
    def _length(self) -> int:
        return max(1, round(self.options.seconds * self.options.rate))
