"""Our filter bank against librosa's: the same numbers, without its import."""

from __future__ import annotations

import warnings

import librosa.filters
import numpy as np
import pytest
import torch

from mmgan_audio.mel_scale import MelScale
from mmgan_core.errors import BadValue

# Rate, n_fft, bands, fmin, fmax: those of the recipes, and both sides of 1 kHz alone.
SCALES = [
    (8000, 256, 40, 0.0, 4000.0),
    (16_000, 1024, 64, 20.0, 8000.0),
    (22_050, 2048, 128, 0.0, 11_025.0),
    (44_100, 512, 33, 3000.0, 20_000.0),
    (8000, 512, 20, 50.0, 900.0),
    (11_025, 255, 24, 0.0, 5512.5),
    (8000, 64, 200, 0.0, 4000.0),
]


@pytest.mark.parametrize(("rate", "n_fft", "bands", "fmin", "fmax"), SCALES)
def test_filters_are_those_of_librosa(
    rate: int, n_fft: int, bands: int, fmin: float, fmax: float
) -> None:
    with warnings.catch_warnings():  # the last one has empty bands
        warnings.simplefilter("ignore", UserWarning)
        wanted = librosa.filters.mel(
            sr=rate, n_fft=n_fft, n_mels=bands, fmin=fmin, fmax=fmax, norm=None, dtype=np.float64
        )
    ours = MelScale(rate, n_fft, n_fft // 4, bands, fmin, fmax).filters()
    assert ours.dtype == torch.float32
    assert ours.shape == wanted.shape
    assert np.abs(ours.numpy() - wanted).max() <= 1e-6


def test_empty_bands_are_found() -> None:
    with pytest.raises(BadValue, match="200 bands are too many"):
        MelScale(8000, 64, 16, 200, 0.0, 4000.0).check_bands()
