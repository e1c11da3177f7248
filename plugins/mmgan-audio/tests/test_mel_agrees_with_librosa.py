"""The log-mel spectrogram on torch against that of librosa, from the waveform on."""

from __future__ import annotations

import warnings

import librosa
import numpy as np
import pytest
import torch

from mmgan_audio.audio_modality import AudioModality
from mmgan_audio.log_mel_modality import LogMelModality, LogMelOptions
from mmgan_audio.mel_scale import MelScale
from mmgan_audio.sound_modality import SoundModality, SoundOptions
from mmgan_audio.waveform import Samples, Waveform

from .conftest import tone

# Rate, n_fft, hop, bands, fmin, fmax: the defaults of each rate, and settings of vocoders.
SETTINGS = [
    (8000, 256, 128, 40, 0.0, 4000.0),
    (8000, 256, 64, 64, 0.0, 4000.0),
    (16_000, 512, 128, 64, 0.0, 8000.0),
    (22_050, 1024, 256, 80, 0.0, 8000.0),
    (24_000, 1024, 256, 100, 0.0, 12_000.0),
    (44_100, 1024, 256, 128, 20.0, 20_000.0),
    (48_000, 2048, 512, 128, 0.0, 24_000.0),
]
FLOOR = 1e-10  # of power: -100 dB


def sweep(rate: int) -> Samples:
    """A second that falls from loud to quiet and sweeps over pitches, over a little noise."""
    time = np.arange(rate) / rate
    pitch = np.sin(2 * np.pi * (200 + rate / 6 * time) * time)
    noise = np.random.default_rng(0).standard_normal(rate)
    return (0.5 * pitch * np.exp(-4 * time) + 0.002 * noise).astype(np.float32)


@pytest.mark.parametrize(("rate", "n_fft", "hop", "bands", "fmin", "fmax"), SETTINGS)
def test_canvases_agree_with_librosa_to_a_ten_thousandth(
    rate: int, n_fft: int, hop: int, bands: int, fmin: float, fmax: float
) -> None:
    wave = sweep(rate)[: rate // hop * hop]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = librosa.feature.melspectrogram(
            y=wave.astype(np.float64),
            sr=rate,
            n_fft=n_fft,
            hop_length=hop,
            n_mels=bands,
            fmin=fmin,
            fmax=fmax,
            norm=None,
            pad_mode="constant",
        )
    # Librosa's 0 dB depends on the window; ours is a full-scale sine.
    gain = 2 / librosa.filters.get_window("hann", n_fft).sum()
    wanted = 10 * np.log10(np.maximum(wanted * gain**2, FLOOR))[:, : len(wave) // hop]
    scale = MelScale(rate, n_fft, hop, bands, fmin, fmax)
    ours = scale.decibels(torch.from_numpy(wave)[None])[0].numpy()
    assert ours.shape == wanted.shape
    assert wanted.max() > wanted.min() + 40, "loud and quiet parts are compared"
    # As networks see it: a canvas has 40 dB for each unit of its range of -1 to 1.
    assert np.abs(ours - wanted).max() / 40 < 1e-4


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000])
@pytest.mark.parametrize("kind", ["audio", "log-mel"])
def test_any_rate_up_to_48_khz_comes_back(rate: int, kind: str) -> None:
    modality: SoundModality = (
        AudioModality(SoundOptions(rate=rate, seconds=0.4))
        if kind == "audio"
        else LogMelModality(LogMelOptions(rate=rate, seconds=0.4))
    )
    # A pitch near the upper end, and a file of another rate than the modality's.
    value = (tone(0.35 * rate, seconds=0.4, rate=48_000), 48_000)
    (wave,) = modality.present(modality.to_sample(modality.prepare([value])))
    assert isinstance(wave, Waveform)
    assert (wave.rate, wave.seconds) == (rate, pytest.approx(0.4, abs=0.02))
    power = np.abs(np.fft.rfft(wave.samples))
    heard = power.argmax() * rate / len(wave.samples)
    assert heard == pytest.approx(0.35 * rate, rel=0.06)


@pytest.mark.parametrize(
    ("rate", "bands"), [(8000, 64), (16_000, 64), (22_050, 80), (24_000, 80), (48_000, 128)]
)
def test_more_bands_are_the_default_of_wider_ranges(rate: int, bands: int) -> None:
    assert LogMelOptions(rate=rate).bands == bands
    assert LogMelOptions(rate=rate).model_dump()["bands"] == bands
