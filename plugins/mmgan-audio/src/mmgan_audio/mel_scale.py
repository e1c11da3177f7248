"""Log-mel spectrograms: from waves to decibels, and back to waves.

Decibels measure power, and 0 dB is a full-scale sine, whatever the rate and the window: the
transform is divided by the window's gain, and the triangles of the filter bank have height 1.

On the way back, the clamped pseudo-inverse of the filter bank gives amplitudes, and the fast
Griffin-Lim algorithm finds phases (Perraudin, Balazs, Søndergaard, WASPAA 2013):

    c_n = P1(P2(t_{n-1})),  t_n = c_n + momentum * (c_n - c_{n-1})

P2 projects onto spectrograms that some waveform has, P1 restores the known amplitudes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mmgan_core.errors import BadValue

_TINY = 1e-10


@dataclass(frozen=True)
class MelScale:
    """The settings of a log-mel spectrogram; equal scales give equal spectrograms.

    Attributes:
        rate: samples a second.
        n_fft: samples of a window.
        hop: samples from one frame to the next.
        bands: mel bands.
        fmin: lower end of the lowest band in Hz.
        fmax: upper end of the highest band in Hz.
    """

    rate: int
    n_fft: int
    hop: int
    bands: int
    fmin: float
    fmax: float

    def decibels(self, waves: Tensor) -> Tensor:
        """Waves (B, frames * hop) as decibels of power, (B, bands, frames); silence is -100."""
        power = self._transform(waves)[..., : waves.shape[-1] // self.hop].abs().square()
        return 10 * (_filters_on(self, power.device) @ power).clamp_min(_TINY).log10()

    def waves(self, decibels: Tensor, *, steps: int, momentum: float = 0.99) -> Tensor:
        """Decibels (B, bands, frames) as waves (B, frames * hop); the same every time."""
        power = torch.linalg.pinv(self.filters()) @ torch.pow(10.0, decibels / 10)
        # The transform of frames * hop samples has one more frame.
        known = torch.cat([power, power[..., -1:]], dim=-1).clamp_min(0).sqrt()
        phases = self._first_phases(known).mT
        known = known.mT.contiguous()  # (B, frames + 1, bins), as the Fourier transform reads them
        overlap = self._overlap(known.shape[1])
        now, before = known * phases, torch.zeros((), dtype=torch.complex64)
        for _ in range(steps):
            possible = self._frames(self._joined(now, overlap))
            now, before = torch.add(possible, possible - before, alpha=momentum), possible
            squares = torch.view_as_real(now).square().sum(dim=-1)
            now = now * (known * squares.clamp_min(_TINY**2).rsqrt())
        return self._joined(now, overlap)

    def filters(self) -> Tensor:
        """The filter bank, (bands, n_fft // 2 + 1)."""
        return _filters(self)

    def most_bands(self) -> int:
        """The largest number of bands, up to its own, that leaves none of them without a bin."""
        bands = self.bands
        while bands > 1 and not _all_filled(replace(self, bands=bands)):
            bands -= 1
        return bands

    def check_bands(self) -> None:
        """Refuse a number of bands that leaves some of them without a bin of the transform.

        Raises:
            BadValue: names the largest number of bands that works.
        """
        bands = self.most_bands()
        if bands < self.bands:
            raise BadValue(
                f"{self.bands} bands are too many for n_fft {self.n_fft} at {self.rate} Hz: some "
                f"would stay empty; set {bands} or fewer"
            )

    def _first_phases(self, like: Tensor) -> Tensor:
        """Random phases, but the same ones in every call and for every row of the batch."""
        chance = torch.Generator().manual_seed(0)
        angles = torch.rand(like.shape[-2:], generator=chance) * (2 * torch.pi)
        return torch.polar(torch.ones_like(angles), angles)

    def _transform(self, waves: Tensor) -> Tensor:
        window = _window(self.n_fft, waves.device)
        spectrum = torch.stft(
            waves, self.n_fft, self.hop, window=window, pad_mode="constant", return_complex=True
        )
        return spectrum * (2 / window.sum())

    def _frames(self, waves: Tensor) -> Tensor:
        """As ``_transform``, but (B, frames + 1, bins), which costs less than half the time."""
        window = _window(self.n_fft, waves.device)
        padded = torch.nn.functional.pad(waves, (self.n_fft // 2, self.n_fft // 2))
        pieces = padded.unfold(1, self.n_fft, self.hop) * (2 / window.sum() * window)
        spectra: Tensor = torch.fft.rfft(pieces)
        return spectra

    def _joined(self, spectra: Tensor, overlap: Tensor) -> Tensor:
        """The waves whose transform is nearest to some spectra (B, frames + 1, bins)."""
        window = _window(self.n_fft, spectra.device)
        pieces = torch.fft.irfft(spectra, self.n_fft) * (window.sum() / 2 * window)
        half = self.n_fft // 2
        return self._added(pieces)[:, half:-half] / overlap

    def _overlap(self, frames: int) -> Tensor:
        """The sum of all squared windows at each sample."""
        squares = _window(self.n_fft, torch.device("cpu")).square().expand(1, frames, -1)
        half = self.n_fft // 2
        return self._added(squares)[:, half:-half].clamp_min(_TINY)

    def _added(self, pieces: Tensor) -> Tensor:
        """Pieces (B, frames + 1, n_fft), each a hop later than the one before, added up."""
        length = (pieces.shape[1] - 1) * self.hop + self.n_fft
        added = torch.nn.functional.fold(
            pieces.mT, (1, length), (1, self.n_fft), stride=(1, self.hop)
        )
        return added[:, 0, 0]


@lru_cache(maxsize=8)
def _window(length: int, device: torch.device) -> Tensor:
    return torch.hann_window(length).to(device)


@lru_cache(maxsize=8)
def _filters_on(scale: MelScale, device: torch.device) -> Tensor:
    return _filters(scale).to(device)


@lru_cache(maxsize=8)
def _filters(scale: MelScale) -> Tensor:
    """Triangles of height 1, whose corners are equally far apart in mel."""
    corners = _corners(scale)[:, None]
    bins = np.arange(scale.n_fft // 2 + 1) * (scale.rate / scale.n_fft)
    rises = (bins - corners[:-2]) / (corners[1:-1] - corners[:-2])
    falls = (corners[2:] - bins) / (corners[2:] - corners[1:-1])
    bank = np.clip(np.minimum(rises, falls), 0, None)
    return torch.from_numpy(np.ascontiguousarray(bank, dtype=np.float32))


def _all_filled(scale: MelScale) -> bool:
    """Whether a bin lies within each triangle; far quicker than the filter bank."""
    corners, width = _corners(scale), scale.rate / scale.n_fft
    first = (np.floor(corners[:-2] / width) + 1) * width  # above its lower corner
    return bool((first < np.minimum(corners[2:], scale.rate / 2 + width / 2)).all())


def _corners(scale: MelScale) -> Numbers:
    low, high = _mel_of(np.array([scale.fmin, scale.fmax], dtype=np.float64))
    return _hertz_of(np.linspace(low, high, scale.bands + 2))


# Slaney's mel scale (Auditory Toolbox, 1998): linear below 1 kHz, logarithmic above.
_LINEAR = 200 / 3  # Hz a mel
_BREAK = 1000.0  # Hz
_STEP = np.log(6.4) / 27  # of the logarithm, a mel
Numbers = npt.NDArray[np.float64]


def _mel_of(hertz: Numbers) -> Numbers:
    above = _BREAK / _LINEAR + np.log(np.maximum(hertz, _BREAK) / _BREAK) / _STEP
    return np.where(hertz < _BREAK, hertz / _LINEAR, above)


def _hertz_of(mel: Numbers) -> Numbers:
    above = _BREAK * np.exp(_STEP * (mel - _BREAK / _LINEAR))
    return np.where(mel < _BREAK / _LINEAR, mel * _LINEAR, above)
