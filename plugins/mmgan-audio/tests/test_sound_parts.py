"""The parts of a sound: a moment is silent without it, and a band has no power."""

from __future__ import annotations

import numpy as np

from mmgan_audio.sound_parts import parts_of, sound_without
from mmgan_audio.waveform import Waveform

RATE = 8000
TIME = np.arange(RATE // 2) / RATE
LOW, HIGH = np.sin(2 * np.pi * 200 * TIME), 0.5 * np.sin(2 * np.pi * 3900 * TIME)
SOUND = Waveform((LOW + HIGH).astype(np.float32), RATE)


def test_their_names_say_when_and_how_high() -> None:
    parts = parts_of(SOUND)
    assert len(parts["moments"]) == 12
    assert parts["moments"][0] == "0.00 to 0.04 s"
    assert len(parts["bands"]) == 8
    assert parts["bands"][0] == "0 to 240 Hz"
    assert parts["bands"][-1].endswith("to 4,000 Hz")
    assert len(parts_of(Waveform(SOUND.samples[:100], RATE))["moments"]) == 0


def test_a_moment_is_silent_and_the_others_sound() -> None:
    left = sound_without(SOUND, "moments", [3])
    assert left is not None
    middle = slice(round(3.3 * len(TIME) / 12), round(3.7 * len(TIME) / 12))
    assert np.abs(left.samples[middle]).max() < 1e-6
    assert np.array_equal(left.samples[: 3 * len(TIME) // 12], SOUND.samples[: 3 * len(TIME) // 12])
    assert np.abs(np.diff(left.samples)).max() <= np.abs(np.diff(SOUND.samples)).max() + 1e-3


def test_a_band_is_filtered_out() -> None:
    left = sound_without(SOUND, "bands", [7])
    assert left is not None
    assert np.abs(left.samples - LOW).max() < 0.05
    assert sound_without(SOUND, "bands", []) is SOUND


def test_nothing_is_left_without_all() -> None:
    assert sound_without(SOUND, "bands", range(8)) is None
    assert sound_without(SOUND, "moments", range(12)) is None
