"""What can be measured of a sound: how loud, how bright and how long it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mmgan_audio.loudness import loudness_db, without_quiet_end
from mmgan_audio.waveform import Waveform

_SILENCE_DB, _QUIET_DB = -100.0, 40.0


def measures_of_sounds() -> Mapping[str, Callable[[object], float]]:
    """The measures by name."""
    return {"loud": _loud, "bright": _bright, "long": _long}


def _loud(value: object) -> float:
    """Decibels; 0 is a full-scale sine."""
    assert isinstance(value, Waveform)
    return max(loudness_db(value.samples, value.rate), _SILENCE_DB)


def _bright(value: object) -> float:
    """The mean frequency in kilohertz, weighted by amplitude."""
    assert isinstance(value, Waveform)
    amplitudes = np.abs(np.fft.rfft(value.samples.astype(np.float64)))
    frequencies = np.fft.rfftfreq(len(value.samples), 1 / value.rate)
    return float((amplitudes * frequencies).sum() / max(amplitudes.sum(), 1e-9)) / 1000


def _long(value: object) -> float:
    """Seconds, without a quiet end."""
    assert isinstance(value, Waveform)
    return len(without_quiet_end(value.samples, value.rate, _QUIET_DB)) / value.rate
