"""A convolutional encoder of the waveform itself, for words and short sounds.

    energy = log(1 + s |conv(wave)|^2 averaged),   frames = conv(energy)
    pooled = Linear(mean(frames) ⊕ max(frames))

The first convolution learns its own bands, in place of a spectrogram's; two of its filters make one
band, as a sine and a cosine do (Zeghidour et al. 2018, "Learning filterbanks from raw speech for
phone recognition", https://arxiv.org/abs/1711.01161). Strided convolutions follow (Dai et al. 2017,
"Very deep convolutional neural networks for raw waveforms", https://arxiv.org/abs/1610.00087).

`prepare` cuts off silence at both ends and scales the sound to a fixed peak: 16-bit samples,
(B, T), and how many of them sound, (B,). In training only, sounds are played up to ``warp`` faster
or slower, shifted by up to as much, and a stripe of time is silenced.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from mmgan_audio.heard_mel import heard_wave
from mmgan_audio.time_resampling import SMOOTH, read_at
from mmgan_audio.token_pooling import mean_and_most, real_tokens
from mmgan_audio.waveform import Samples, fitted, unread_of
from mmgan_core.contracts import Encoder, Encoding, Modality
from mmgan_core.options import Options

_FULL_SCALE = 32767
_HOP, _AVERAGED = 8, 8  # samples, and outputs of the first convolution
_STRIDES = (1, 2, 2)


class WaveConvOptions(Options):
    """Options of ``audio/wave-conv``."""

    dim: int = Field(128, ge=1, le=4096, description="Size of the encoding and of its tokens.")
    bands: int = Field(40, ge=4, le=512, description="Bands that the first convolution learns.")
    width: int = Field(96, ge=8, le=1024, description="Channels of the other convolutions.")
    window: int = Field(
        200, ge=16, le=8192, description="Samples that a filter of a band spans; 25 ms at 8 kHz."
    )
    rate: int = Field(
        8000, ge=1000, le=96_000, description="Samples a second that sounds are converted to."
    )
    seconds: float = Field(
        1.0, gt=0, le=60, description="Length that it reads; the rest is cut off."
    )
    max_seconds: float = Field(
        30.0, gt=0, description="Longer sounds are refused before they are read."
    )
    warp: float = Field(0.15, ge=0, lt=0.5, description="Speed and shift, in training only.")
    mask: float = Field(0.15, ge=0, lt=0.5, description="Longest silence, in training only.")


class WaveConvEncoder(Encoder):
    """Waveforms (B, T) to (B, dim), and a token for each 256 samples, (B, T / 256, dim)."""

    Options = WaveConvOptions
    options: WaveConvOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        small = {"dim": 8, "bands": 6, "width": 8, "window": 32}
        return (small, {**small, "seconds": 0.2, "warp": 0.0, "mask": 0.0})

    def __init__(self, options: WaveConvOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        self.dim = self.token_dim = options.dim
        self.length = max(1, round(options.seconds * options.rate))
        self.bands = nn.Conv1d(
            1, 2 * options.bands, options.window, stride=_HOP, padding=options.window // 2
        )
        self.loudness = nn.Parameter(torch.full((options.bands, 1), 6.0))
        sizes = [options.bands, *[options.width] * len(_STRIDES)]
        self.see = nn.Sequential(
            *(
                _step(inward, outward, stride)
                for inward, outward, stride in zip(sizes, sizes[1:], _STRIDES, strict=False)
            )
        )
        self.frame = nn.Linear(options.width, options.dim)
        self.pool = nn.Linear(2 * options.dim, options.dim)

    def prepare(self, values: Sequence[object]) -> dict[str, Tensor]:
        waves = [self._heard(value) for value in values]
        stacked = np.stack([fitted(wave, self.length) for wave in waves])
        sounding = [min(self.length, len(wave)) for wave in waves]
        return {
            "wave": torch.from_numpy((stacked * _FULL_SCALE).round().astype(np.int16)),
            "sounding": torch.tensor(sounding, dtype=torch.int32),
        }

    def unread(self, value: object) -> str:
        """The end of what is heard of a longer sound."""
        return unread_of(self._heard(value), self.options.rate, self.length)

    def _heard(self, value: object) -> Samples:
        rate, window = self.options.rate, self.options.window
        return heard_wave(value, rate, self.options.max_seconds, window, max(1, window // 2))

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        wave, sounding = tensors["wave"].float() / _FULL_SCALE, tensors["sounding"].long()
        if self.training:
            wave = self._silenced(self._played(wave))
        filtered = self.bands(wave[:, None]).unflatten(1, (2, -1))  # (B, 2, bands, T / 8)
        power = F.avg_pool1d(filtered.square().sum(1), _AVERAGED, ceil_mode=True)
        frames = self.see(torch.log1p(power * self.loudness.exp()))  # (B, W, T / 256)
        tokens = F.gelu(self.frame(frames.transpose(1, 2)))  # (B, T / 256, E)
        step = -(-self.length // tokens.shape[1])
        real = real_tokens(tokens.shape[1], step, sounding)
        tokens = tokens * real[..., None]
        return Encoding(self.pool(mean_and_most(tokens, real)), tokens, real)

    def _played(self, wave: Tensor) -> Tensor:
        """Each row at another speed, and shifted, by up to ``warp``."""
        if not self.options.warp:
            return wave
        chance = (torch.rand(len(wave), 2, device=wave.device) * 2 - 1) * self.options.warp
        at = torch.arange(wave.shape[1], device=wave.device)
        times = at * (1 + chance[:, :1]) + chance[:, 1:] * wave.shape[1]
        return read_at(times, reach=SMOOTH, value=0.0)(wave)

    def _silenced(self, wave: Tensor) -> Tensor:
        """A stripe of time silenced in each row."""
        size = wave.shape[1]
        random = torch.rand(2, len(wave), 1, device=wave.device)
        wide = random[0] * self.options.mask * size
        start = random[1] * (size - wide)
        at = torch.arange(size, device=wave.device)
        return wave * ((at < start) | (at >= start + wide))


def _step(inward: int, outward: int, stride: int) -> nn.Sequential:
    """A convolution along time."""
    return nn.Sequential(
        nn.GroupNorm(1, inward),
        nn.Conv1d(inward, outward, 5, stride=stride, padding=2, bias=False),
        nn.GELU(),
    )
