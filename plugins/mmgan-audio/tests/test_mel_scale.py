"""Our filter bank against librosa's: the same numbers, without its import."""

from __future__ import annotations

import warnings

import librosa.filters
import numpy as np
import pytest
import torch

from mmgan_audio.log_mel_modality import LogMelModality, LogMelOptions
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


@pytest.mark.parametrize(("n_fft", "hop"), [(256, 128), (256, 64), (100, 33)])
def test_the_fast_transform_is_that_of_torch_and_its_inverse_undoes_it(
    n_fft: int, hop: int
) -> None:
    scale = MelScale(8000, n_fft, hop, 12, 0.0, 4000.0)
    waves = torch.randn(2, hop * 9, generator=torch.Generator().manual_seed(1))
    frames = scale._frames(waves)
    torch.testing.assert_close(frames, scale._transform(waves).mT, rtol=1e-4, atol=1e-5)
    back = scale._joined(frames, scale._overlap(frames.shape[1]))
    torch.testing.assert_close(back, waves, rtol=1e-4, atol=1e-4)


def test_an_odd_window_is_refused() -> None:
    with pytest.raises(BadValue, match="n_fft 255 is odd; set 256"):
        LogMelModality(LogMelOptions(rate=8000, n_fft=255, hop=64, bands=12))
