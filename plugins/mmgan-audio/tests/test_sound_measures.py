"""What is measured of sounds, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mmgan_audio.sound_measures import measures_of_sounds
from mmgan_audio.waveform import Waveform


def measured(frequency: float, amplitude: float, silent: float = 0.0) -> dict[str, float]:
    """Of a second of a sine, and then so many seconds of silence."""
    sine = amplitude * np.sin(2 * np.pi * frequency * np.arange(8000) / 8000)
    samples = np.concatenate([sine, np.zeros(round(silent * 8000))]).astype(np.float32)
    wave = Waveform(samples, 8000)
    return {name: measure(wave) for name, measure in measures_of_sounds().items()}


def test_a_sine_is_as_loud_bright_and_long_as_it_is() -> None:
    found = measured(1000, 0.1, silent=0.5)
    assert found["loud"] == pytest.approx(-20, abs=0.1)
    assert found["long"] == pytest.approx(1.0, abs=0.03)
    assert measured(1000, 0.1)["bright"] == pytest.approx(1.0, abs=0.01)
    assert measured(2000, 0.1)["bright"] == pytest.approx(2.0, abs=0.01)


def test_silence_has_numbers_too() -> None:
    found = measured(1000, 0.0)
    assert found["loud"] == -100
    assert found["bright"] == 0
