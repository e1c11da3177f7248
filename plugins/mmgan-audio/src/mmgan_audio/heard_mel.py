"""What encoders of words and short sounds hear: a levelled log-mel spectrogram, varied in training.

`prepare` cuts off silence at both ends, scales the sound to a fixed peak, and returns the log-mel
spectrogram of the first ``seconds``, (B, bands, frames) float16, and the number of frames that
sound, (B,). The network then keeps the loudest 60 dB and scales them to mean 0 and deviation 1,
which removes loudness and part of the microphone.

In training only, sounds are varied: stretched by up to ``warp`` in time and in frequency (other
speeds and other vocal tracts: Jaitly and Hinton, 2013), shifted in time, and masked by one stripe
of bands and one of frames (SpecAugment: Park et al., Interspeech 2019).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from mmgan_audio.mel_scale import MelScale
from mmgan_audio.portable_sound import heard_reading
from mmgan_audio.waveform import Samples, decode_waveform, fitted, to_peak, unread_of
from mmgan_core.contracts import Encoder, Modality, Reading
from mmgan_core.options import Options

_QUIET_DB = 35  # below the loudest window this counts as silence
_PEAK = 0.95
_RANGE_DB = 60


class HeardMelOptions(Options):
    """Options of every encoder that hears a mel spectrogram."""

    rate: int = Field(
        8000, ge=1000, le=96_000, description="Samples a second that sounds are converted to."
    )
    bands: int = Field(40, ge=8, le=256, description="Mel bands.")
    n_fft: int = Field(256, ge=32, le=8192, description="Samples of a window.")
    hop: int = Field(80, ge=1, le=4096, description="Samples from one frame to the next.")
    seconds: float = Field(
        1.0, gt=0, le=60, description="Length that it reads; the rest is cut off."
    )
    max_seconds: float = Field(
        30.0, gt=0, description="Longer sounds are refused before they are read."
    )
    warp: float = Field(0.15, ge=0, lt=0.5, description="Stretch and shift, in training only.")
    mask: float = Field(0.15, ge=0, lt=0.5, description="Widest masked stripe, in training only.")


def heard_wave(value: object, rate: int, max_seconds: float, window: int, hop: int) -> Samples:
    """A sound without the silence at both ends, at a fixed peak.

    Args:
        value: any raw value.
        window, hop: samples of a window, and from one to the next, in which silence is looked for.

    Raises:
        BadValue: if it is not sound, or longer than ``max_seconds``.
    """
    import librosa

    wave = decode_waveform(value, rate=rate, max_seconds=max_seconds)
    cut, _ = librosa.effects.trim(
        wave.samples, top_db=_QUIET_DB, frame_length=window, hop_length=hop
    )
    return to_peak(cut if cut.size else wave.samples, _PEAK)


class HeardMelEncoder(Encoder):
    """Prepares sounds; a subclass encodes what ``heard`` returns."""

    QUIET_DB: ClassVar[int] = _QUIET_DB
    PEAK: ClassVar[float] = _PEAK
    options: HeardMelOptions

    def __init__(self, options: HeardMelOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        self.scale = MelScale(
            options.rate, options.n_fft, options.hop, options.bands, 0.0, options.rate / 2
        )
        self.scale.check_bands()
        self.frames = max(1, round(options.seconds * options.rate / options.hop))

    def prepare(self, values: Sequence[object]) -> dict[str, Tensor]:
        heard = self.waves(values)
        mel = self.scale.decibels(heard["wave"])
        return {"mel": mel.half(), "sounding": heard["sounding"].short()}

    def waves(self, values: Sequence[object]) -> dict[str, Tensor]:
        """The sounds, (B, frames * hop), and how many of their frames sound, (B,)."""
        options = self.options
        waves = [
            heard_wave(value, options.rate, options.max_seconds, options.n_fft, options.hop)
            for value in values
        ]
        length = self.frames * options.hop
        sounding = [min(self.frames, -(-len(wave) // options.hop)) for wave in waves]
        return {
            "wave": torch.from_numpy(np.stack([fitted(wave, length) for wave in waves])),
            "sounding": torch.tensor(sounding, dtype=torch.int32),
        }

    def unread(self, value: object) -> str:
        """The end of what is heard of a longer sound."""
        options = self.options
        wave = heard_wave(value, options.rate, options.max_seconds, options.n_fft, options.hop)
        return unread_of(wave, options.rate, self.frames * options.hop)

    def reading(self) -> Reading:
        """The sound without silence at its ends, whose mel is a part of the graph."""
        return heard_reading(self, self.frames * self.options.hop)

    def heard(self, tensors: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """The levelled spectrograms, (B, bands, frames), and how many frames sound, (B,)."""
        sounding = tensors["sounding"].long()
        mel = self._levelled(tensors["mel"].float(), sounding)
        return (self._masked(self._warped(mel)) if self.training else mel), sounding

    def _levelled(self, mel: Tensor, sounding: Tensor) -> Tensor:
        """The loudest 60 dB, with mean 0 and deviation 1 over the frames that sound.

        Anything quieter counts as silence: it belongs to the room and not to the word.
        """
        mel = mel.maximum(mel.amax(dim=(1, 2), keepdim=True) - _RANGE_DB)
        inside = torch.arange(mel.shape[2], device=mel.device) < sounding[:, None]
        inside = inside[:, None].float()  # (B, 1, frames)
        count = inside.sum(dim=2, keepdim=True).clamp_min(1) * mel.shape[1]
        mean = (mel * inside).sum(dim=(1, 2), keepdim=True) / count
        variance = ((mel - mean) * inside).square().sum(dim=(1, 2), keepdim=True) / count
        return (mel - mean) / (variance + 1).sqrt()

    def _warped(self, mel: Tensor) -> Tensor:
        """Each row stretched in both directions and shifted in time, by up to ``warp``."""
        if not self.options.warp:
            return mel
        rows = len(mel)
        chance = (torch.rand(rows, 3, device=mel.device) * 2 - 1) * self.options.warp
        affine = mel.new_zeros(rows, 2, 3)
        affine[:, 0, 0] = 1 + chance[:, 0]
        affine[:, 0, 2] = chance[:, 1]
        affine[:, 1, 1] = 1 + chance[:, 2]
        affine[:, 1, 2] = chance[:, 2]  # the lowest band stays where it is
        grid = F.affine_grid(affine, [rows, 1, *mel.shape[1:]], align_corners=False)
        return F.grid_sample(mel[:, None], grid, padding_mode="border", align_corners=False)[:, 0]

    def _masked(self, mel: Tensor) -> Tensor:
        """One stripe of bands and one of frames set to the mean in each row."""
        for axis in (1, 2):
            size = mel.shape[axis]
            random = torch.rand(2, len(mel), 1, device=mel.device)
            wide = random[0] * self.options.mask * size
            start = random[1] * (size - wide)
            at = torch.arange(size, device=mel.device)
            keep = (at < start) | (at >= start + wide)  # (B, size)
            mel = mel * (keep[:, :, None] if axis == 1 else keep[:, None])
        return mel
