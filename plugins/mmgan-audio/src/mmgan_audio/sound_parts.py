"""The parts of a sound that can be left out: moments become silent, and bands are filtered out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

import numpy as np

from mmgan_audio.waveform import Waveform, faded

MOMENTS, BANDS = "moments", "bands"
_MOST, _BANDS = 12, 8
_SHORTEST = 0.02
_LOWEST = 240.0  # Hz, where the second band begins


def parts_of(wave: Waveform) -> dict[str, Sequence[str]]:
    """Up to 12 moments of at least 20 ms, and 8 bands, each a ratio wide."""
    moments = [f"{start / wave.rate:.2f} to {end / wave.rate:.2f} s" for start, end in _spans(wave)]
    bands = [f"{low:,.0f} to {high:,.0f} Hz" for low, high in _bands(wave)]
    return {MOMENTS: moments if len(moments) > 1 else [], BANDS: bands}


def sound_without(wave: Waveform, family: str, gone: Collection[int]) -> Waveform | None:
    """The sound without some of its parts; None if nothing is left."""
    spans = _spans(wave) if family == MOMENTS else _bands(wave)
    if not gone:
        return wave  # bit for bit, which there and back through a spectrum is not
    if len(set(gone)) >= len(spans):
        return None
    samples = wave.samples.copy()
    if family == MOMENTS:
        for at in gone:
            start, end = map(int, spans[at])
            part = samples[start:end]
            # What is left at its edges sinks within 5 ms, so that nothing clicks.
            samples[start:end] = part - faded(part, wave.rate // 200)
        return Waveform(samples, wave.rate)
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / wave.rate)
    for at in gone:
        low, high = spans[at]
        last = at == len(spans) - 1
        spectrum[(hertz >= low) & ((hertz < high) | last)] = 0
    return Waveform(np.fft.irfft(spectrum, len(samples)).astype(np.float32), wave.rate)


def _spans(wave: Waveform) -> list[tuple[float, float]]:
    count = int(np.clip(wave.seconds / _SHORTEST, 1, _MOST))
    edges = np.linspace(0, len(wave.samples), count + 1).round().tolist()
    return list(pairwise(edges))


def _bands(wave: Waveform) -> list[tuple[float, float]]:
    """From 0 Hz to half the rate; all but the first span the same ratio of frequencies."""
    top = wave.rate / 2
    edges = [0.0, *np.geomspace(min(_LOWEST, top / 4), top, _BANDS).tolist()]
    return list(pairwise(edges))
