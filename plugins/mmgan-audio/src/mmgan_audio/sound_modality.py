"""The part that all modalities of sound share: they decode values to a Waveform."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from mmgan_audio.waveform import Samples, Waveform, decode_waveform, fitted, probe_waveform, to_peak
from mmgan_core.contracts import Column, Modality
from mmgan_core.errors import BadValue
from mmgan_core.options import Options

if TYPE_CHECKING:
    from PIL.Image import Image


class SoundOptions(Options):
    """Options of every modality of sound."""

    rate: int = Field(16000, ge=100, le=384_000, description="Samples a second.")
    seconds: float = Field(
        1.0,
        gt=0,
        le=600,
        description="Length; shorter sounds get silence at the end, longer are cut.",
    )
    normalise: bool = Field(True, description="Scale every sound to a peak of `peak`.")
    peak: float = Field(0.95, gt=0, le=1, description="Largest magnitude after normalising.")
    max_seconds: float = Field(
        30.0, gt=0, description="Longer sounds are refused before they are read."
    )


class SoundModality(Modality):
    """Reads, renders and writes waveforms; a subclass decides which tensors they become."""

    kind = "audio"
    endings = ("wav",)
    free_axes: ClassVar[tuple[int, ...]] = (1,)
    Options = SoundOptions
    options: SoundOptions

    @classmethod
    def suggest(cls, column: Column, values: Sequence[object]) -> dict[str, object]:
        """The rate of the first readable value, and a length that holds 95 % of them."""
        found = probed(values)
        if not found:
            return {}
        rate, most = found
        return {"rate": rate, "seconds": rounded_up(most)}

    def sized(self, value: object) -> SoundModality:
        """For sounds as long as this one."""
        seconds = self.decode(value).seconds
        return type(self)(self.options.model_copy(update={"seconds": seconds}))

    def decode(self, value: object) -> Waveform:
        return decode_waveform(value, rate=self.options.rate, max_seconds=self.options.max_seconds)

    def render(self, value: object) -> Image:
        from mmgan_audio.spectrogram_picture import spectrogram_picture

        return spectrogram_picture(self.decode(value))

    def save(self, value: object, stem: Path) -> Path:
        """As 16-bit WAV."""
        import soundfile

        wave = self.decode(value)
        file = stem.with_name(f"{stem.name}.wav")
        soundfile.write(file, wave.samples.clip(-1, 1), wave.rate, subtype="PCM_16")
        return file

    def stacked(self, values: Sequence[object], length: int) -> Tensor:
        """Decoded, normalised and fitted to ``length`` samples from the start on, (B, length)."""
        rows = [fitted(self.scaled(self.decode(value).samples), length) for value in values]
        return torch.from_numpy(np.stack(rows))

    def frames_of(self, values: Sequence[object], most: int, hop: int = 1) -> Tensor:
        """Which of ``most`` frames of ``hop`` samples each value reaches into, (B, most)."""
        counts = [-(-len(self.decode(value).samples) // hop) for value in values]
        return torch.arange(most) < torch.tensor(counts)[:, None]

    def ended(self, value: object, places: Tensor) -> Waveform:
        """The waveform without the silence of the padding."""
        wave = self.decode(value)
        share = float(places.float().mean())
        return Waveform(wave.samples[: max(1, round(share * len(wave.samples)))], wave.rate)

    def scaled(self, samples: Samples) -> Samples:
        """To the peak of the options if they say so, and within [-1, 1] in any case."""
        if self.options.normalise:
            return to_peak(samples, self.options.peak)
        return samples.clip(-1, 1)


def probed(values: Sequence[object]) -> tuple[int, float] | None:
    """The rate of the first readable value, and a length in seconds that holds 95 % of them."""
    probes = []
    for value in values:
        try:
            probes.append(probe_waveform(value))
        except BadValue:  # counted later, by prepare
            continue
    if not probes:
        return None
    return probes[0][0], float(np.quantile([seconds for _, seconds in probes], 0.95))


def rounded_up(seconds: float) -> float:
    """A length as a tenth of a second, at least one."""
    return max(1, math.ceil(seconds * 10 - 1e-6)) / 10
