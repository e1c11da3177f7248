"""Sounds with defects, planted one by one."""

from __future__ import annotations

import numpy as np
import pytest

from mmgan_audio.defects import Defects, DefectsOptions, flat_share, loudest_db
from mmgan_audio.waveform import Waveform
from mmgan_core.contracts import Evaluated

RATE = 8_000
TIME = np.arange(RATE // 10) / RATE


def sine(level: float, hertz: float = 440.0) -> Waveform:
    return Waveform((level * np.sin(2 * np.pi * hertz * TIME)).astype(np.float32), RATE)


def clipped(level: float) -> Waveform:
    return Waveform(sine(level).samples.clip(-0.9, 0.9), RATE)


def found(*values: Waveform, **options: float) -> dict[str, float]:
    fake, real = Evaluated(values=list(values)), Evaluated(values=[sine(0.5), clipped(2.0)])
    rows = Defects(DefectsOptions(**options)).measure(fake, real, real)
    assert all(row.better == "lower" and row.n == len(values) for row in rows)
    assert all(row.floor == (0.5 if row.name in ("defects", "clipped") else 0) for row in rows)
    return {row.name: row.value for row in rows}


def test_a_sine_has_none() -> None:
    assert found(sine(0.95), sine(0.1), sine(0.95, 200.0)) == {"defects": 0.0}


def test_silence_is_found_and_a_whisper_is_none() -> None:
    silence, whisper = Waveform(np.zeros(800, np.float32), RATE), sine(0.003)
    assert found(silence, whisper, sine(0.5), sine(0.5)) == {"defects": 0.25, "silent": 0.25}
    assert found(whisper, silent_db=-50.0) == {"defects": 1.0, "silent": 1.0}


def test_one_loud_word_is_no_silence() -> None:
    word = np.zeros(8_000, np.float32)
    word[4_000:4_800] = sine(0.1).samples
    assert found(Waveform(word, RATE)) == {"defects": 0.0}


def test_flat_tops_are_found_even_after_the_peak_was_scaled() -> None:
    quieter = Waveform(clipped(2.0).samples * np.float32(0.3), RATE)
    assert found(clipped(2.0), quieter, sine(0.9), sine(1.0)) == {"defects": 0.5, "clipped": 0.5}


def test_what_is_no_number_is_broken() -> None:
    broken = sine(0.5).samples.copy()
    broken[3] = np.nan
    endless = sine(0.5).samples.copy()
    endless[-1] = np.inf
    both = (Waveform(broken, RATE), Waveform(endless, RATE))
    assert found(*both, sine(0.5), sine(0.5)) == {"defects": 0.5, "broken": 0.5}


def test_no_sounds_no_numbers() -> None:
    empty = Evaluated(values=[])
    assert Defects(DefectsOptions()).measure(empty, empty, empty) == []


def test_the_loudest_window_by_hand() -> None:
    """Windows of two of 0, 0, 1, 1/2: the last has the power (1 + 1/4) / 2."""
    samples = np.array([0, 0, 1, 0.5])
    assert loudest_db(samples, 2) == pytest.approx(10 * np.log10(0.625))
    assert loudest_db(samples, 99) == pytest.approx(10 * np.log10(1.25 / 4))
    assert loudest_db(np.zeros(4), 2) == pytest.approx(-200)


def test_flat_tops_by_hand() -> None:
    """Three at 1 count, two at 1 do not, and of -1 four do: 7 of 12."""
    samples = np.array([1, 1, 1, 0, 1, 1, 0, -1, -1, -1, -1, 0.0])
    assert flat_share(samples) == pytest.approx(7 / 12)
