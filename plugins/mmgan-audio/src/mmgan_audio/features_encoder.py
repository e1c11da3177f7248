"""Features of sound without weights: cepstra over time, and by choice chroma and tempo.

`prepare` cuts off silence at both ends and scales the sound to a fixed peak. Then librosa computes
mel-frequency cepstral coefficients (Davis and Mermelstein 1980) of ``mfcc`` numbers a frame, and
their slopes. The sound is cut into ``segments`` of equal length, and of each there are

    mean(coefficients) ⊕ deviation(coefficients) ⊕ mean(slopes)

in units of 10 dB, and over the whole sound the number of seconds. ``chroma`` adds mean and
deviation of 12 pitch classes, ``tempo`` the logarithm of beats a second.

Nothing of this learns, so that it can measure a model without having trained it. As the encoder of
a given entry it has one linear layer, unless ``dim`` is 0.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_audio.mel_scale import MelScale
from mmgan_audio.waveform import Samples, decode_waveform, to_peak
from mmgan_core.contracts import Encoder, Encoding, Modality
from mmgan_core.errors import BadValue
from mmgan_core.options import Options

Numbers = npt.NDArray[np.float32]
_QUIET_DB = 35  # below the loudest window this counts as silence
_BANDS = 40
_UNIT_DB = 10.0
_USUAL_RATE = 16_000


class FeaturesOptions(Options):
    """Options of ``audio/features``."""

    dim: int = Field(
        128,
        ge=0,
        le=4096,
        description="Size of the encoding, by a linear layer that learns; 0: the features alone.",
    )
    mfcc: int = Field(20, ge=1, le=_BANDS, description="Cepstral coefficients of a frame.")
    segments: int = Field(
        5, ge=1, le=100, description="Parts of equal length into which a sound is cut."
    )
    chroma: bool = Field(False, description="Add which pitch classes sound.")
    tempo: bool = Field(False, description="Add how fast the beat is.")
    rate: int | None = Field(
        None,
        ge=1000,
        le=96_000,
        description="Samples a second that sounds are converted to; default: the modality's.",
    )
    max_seconds: float = Field(
        30.0, gt=0, description="Longer sounds are refused before they are read."
    )


class FeaturesEncoder(Encoder):
    """Sounds to features (B, F), and by a linear layer to (B, dim)."""

    Options = FeaturesOptions
    options: FeaturesOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"dim": 8, "mfcc": 6, "segments": 2},
            {"dim": 0, "mfcc": 4, "segments": 1, "chroma": True, "tempo": True},
        )

    def __init__(self, options: FeaturesOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        self.rate = options.rate or int(getattr(modality.options, "rate", _USUAL_RATE))
        self.n_fft = int(2 ** max(5, round(float(np.log2(0.032 * self.rate)))))
        self.hop = self.n_fft // 4
        self.bands = self._bands()
        if options.mfcc > self.bands:
            raise BadValue(
                f"mfcc {options.mfcc} is more than the {self.bands} mel bands that there are at "
                f"{self.rate} Hz"
            )
        size = 3 * options.mfcc * options.segments + 1 + 24 * options.chroma + options.tempo
        self.dim = options.dim or size
        self.project: nn.Module = nn.Linear(size, options.dim) if options.dim else nn.Identity()

    def prepare(self, values: Sequence[object]) -> dict[str, Tensor]:
        return {"features": torch.from_numpy(np.stack([self._features(v) for v in values]))}

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        return Encoding(self.project(tensors["features"].float()))

    def _features(self, value: object) -> Numbers:
        import librosa

        samples = self._heard(value)
        window: dict[str, Any] = {"n_fft": self.n_fft, "hop_length": self.hop}
        cepstra = librosa.feature.mfcc(
            y=samples, sr=self.rate, n_mfcc=self.options.mfcc, n_mels=self.bands, **window
        ) / (_UNIT_DB * np.sqrt(self.bands))
        slopes = librosa.feature.delta(cepstra, mode="nearest")
        found = [
            part
            for some in _parts(cepstra.shape[1], self.options.segments)
            for part in (cepstra[:, some].mean(1), cepstra[:, some].std(1), slopes[:, some].mean(1))
        ]
        found.append(np.array([len(samples) / self.rate]))
        if self.options.chroma:
            chroma = librosa.feature.chroma_stft(y=samples, sr=self.rate, tuning=0.0, **window)
            found += [chroma.mean(1), chroma.std(1)]
        if self.options.tempo:
            found.append(self._tempo(samples))
        return np.concatenate(found).astype(np.float32)

    def _heard(self, value: object) -> Samples:
        import librosa

        options = self.options
        wave = decode_waveform(value, rate=self.rate, max_seconds=options.max_seconds)
        cut, _ = librosa.effects.trim(
            wave.samples, top_db=_QUIET_DB, frame_length=self.n_fft, hop_length=self.hop
        )
        heard = to_peak(cut if cut.size else wave.samples, 0.95)
        short = self.n_fft - len(heard)
        return np.pad(heard, (0, short)) if short > 0 else heard

    def _tempo(self, samples: Samples) -> Numbers:
        """The logarithm of beats a second, (1,); of a sound without any beat it is a prior's."""
        import librosa

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about sounds that are shorter than a beat
            beats = librosa.feature.tempo(y=samples, sr=self.rate, hop_length=self.hop)
        return np.log(np.maximum(np.asarray(beats, np.float32), 1.0) / 60)

    def _bands(self) -> int:
        """As many mel bands as there is room for, at most 40."""
        for bands in range(_BANDS, 1, -1):
            scale = MelScale(self.rate, self.n_fft, self.hop, bands, 0.0, self.rate / 2)
            if scale.filters().any(dim=1).all():
                return bands
        raise BadValue(f"there are no mel bands at {self.rate} Hz")


def _parts(frames: int, count: int) -> Iterator[slice]:
    """Cut frames into parts of about equal length, of at least one frame each."""
    for part in range(count):
        start = part * frames // count
        yield slice(start, max(start + 1, (part + 1) * frames // count))
