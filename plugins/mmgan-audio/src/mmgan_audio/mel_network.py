"""A mel as a network: convolutions in place of Fourier transforms, which graphs of engines have."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d

from mmgan_audio.mel_scale import MelScale

_TINY = 1e-10


class MelNetwork(nn.Module):
    """Waves (B, frames * hop) to decibels (B, bands, frames), as ``MelScale.decibels``."""

    def __init__(self, scale: MelScale) -> None:
        super().__init__()
        self.reach, self.hop = scale.n_fft // 2, scale.hop
        at = np.arange(scale.n_fft)
        window = 0.5 - 0.5 * np.cos(2 * np.pi * at / scale.n_fft)
        turns = np.exp(-2j * np.pi * np.arange(self.reach + 1)[:, None] * at / scale.n_fft)
        waves = turns * window * (2 / window.sum())  # (bins, n_fft)
        both = np.concatenate([waves.real, waves.imag])[:, None]
        self.register_buffer("waves", torch.from_numpy(both.astype(np.float32)))
        self.register_buffer("filters", scale.filters().clone())
        self.waves: Tensor
        self.filters: Tensor

    def forward(self, waves: Tensor) -> Tensor:
        """The decibels of each band in each frame."""
        # The last frame would be centred after the last sample.
        frames = waves.shape[-1] // self.hop
        padded = torch.nn.functional.pad(waves, (self.reach, self.reach))
        spectra = conv1d(padded[:, None], self.waves, stride=self.hop)[..., :frames]
        real, imaginary = spectra.chunk(2, dim=1)
        power = real.square() + imaginary.square()
        return 10 * (self.filters @ power).clamp_min(_TINY).log10()
