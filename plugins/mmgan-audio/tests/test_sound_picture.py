from __future__ import annotations

import numpy as np
import pytest

from mmgan_audio.sound_picture import WAVE_HEIGHT, WIDEST, sound_picture
from mmgan_audio.waveform import Waveform

from .conftest import tone

PAPER = 255


def inked(wave: Waveform) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Where the strip of the waveform is drawn upon."""
    strip = np.asarray(sound_picture(wave))[:WAVE_HEIGHT]
    return strip[:, :, 0] < 100


@pytest.mark.parametrize(
    ("seconds", "width"), [(0.6, 75), (2.0, 250), (10.0, WIDEST), (100.0, WIDEST)]
)
def test_long_sounds_are_as_wide_as_a_sheet_can_show(seconds: float, width: int) -> None:
    assert sound_picture(Waveform(tone(300, seconds=seconds), 8000)).size == (width, 96)


def test_full_scale_fills_the_strip_and_half_of_it_half() -> None:
    assert inked(Waveform(2 * tone(300), 8000)).mean() > 0.9
    assert 0.4 < inked(Waveform(tone(300), 8000)).mean() < 0.6


def test_a_burst_is_drawn_where_it_sounds_in_both_parts() -> None:
    samples = np.zeros(8000, np.float32)
    samples[4000:5000] = tone(1000)[:1000]  # of 125 columns, 62 to 78
    picture = np.asarray(sound_picture(Waveform(samples, 8000)), dtype=int)
    tall = inked(Waveform(samples, 8000)).sum(axis=0) > 4
    bright = picture[WAVE_HEIGHT:].sum(axis=2).max(axis=0) > 500
    for columns in (np.flatnonzero(tall), np.flatnonzero(bright)):
        assert 58 <= columns.min() <= 64
        assert 76 <= columns.max() <= 82


def test_what_is_positive_is_drawn_above() -> None:
    strip = inked(Waveform(np.full(800, 0.8, np.float32), 8000))
    assert strip[: WAVE_HEIGHT // 2].any()
    assert not strip[WAVE_HEIGHT // 2 :].any()
