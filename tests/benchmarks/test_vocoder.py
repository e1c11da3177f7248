"""What is measured of a vocoder, on sounds whose measures are known."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pyarrow import Table
from pyarrow.parquet import write_table

from benchmarks.vocoder import (
    Reader,
    canvas_of,
    griffin_lim,
    joined,
    measured,
    spread,
    takes_of,
    through,
)
from mmgan_audio.log_mel_modality import LogMelModality, LogMelOptions

MEL = LogMelModality(LogMelOptions(rate=8000, n_fft=256, hop=128, bands=40, seconds=0.64))
NEEDED = pytest.mark.skipif(
    find_spec("pesq") is None or find_spec("pystoi") is None, reason="pip install pesq pystoi"
)


def chirp(seconds: float = 1.0, upwards: bool = True) -> np.ndarray:
    time = np.arange(round(8000 * seconds)) / 8000
    pitch = 300 + 1500 * (time if upwards else seconds - time) / seconds
    return (0.5 * np.sin(2 * np.pi * np.cumsum(pitch) / 8000)).astype(np.float32)


def test_takes_are_joined_until_they_are_long_enough() -> None:
    """The last two are too short together, and are left out."""
    takes = [np.full(length, length, np.float32) for length in (3, 4, 5, 6, 1, 2)]
    assert [len(sound) for sound in joined(takes, 7)] == [7, 11]


def test_a_canvas_is_that_of_the_modality_but_for_the_end() -> None:
    sound = chirp(0.64)
    own = MEL.to_sample(MEL.prepare([(sound, 8000)]))
    assert (canvas_of(MEL, MEL.scaled(sound)) - own).abs().max() < 1e-3
    assert len(through(MEL, griffin_lim(MEL, 2), sound[:5000])) == 5000


def test_what_is_smooth_varies_less() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 8000).astype(np.float32)
    assert spread(sound, sound) == 1
    assert spread(np.full_like(sound, 0.1), sound) < 0.5


def test_a_reader_tells_words_apart() -> None:
    takes = [chirp(0.3 + 0.02 * n, upwards=bool(n % 2)) for n in range(12)]
    words = [n % 2 for n in range(12)]
    reader = Reader(takes[:8], words[:8], 8000)
    assert reader.right(takes[8:], words[8:]) == 1
    assert reader.right(takes[8:], [1 - word for word in words[8:]]) == 0


def test_takes_are_read_with_their_words(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "one.wav", chirp(0.2), 8000)
    value = {"bytes": (tmp_path / "one.wav").read_bytes(), "path": "one.wav"}
    write_table(Table.from_pydict({"audio": [value] * 3, "label": [4, 2, 9]}), tmp_path / "t")
    takes, words = takes_of(tmp_path / "t", MEL, 2)
    assert words == [4, 2]
    assert np.abs(takes[0]).max() == pytest.approx(0.95)


@NEEDED
def test_griffin_lim_is_worse_than_the_recording() -> None:
    sounds = [np.concatenate([chirp(0.5, upwards=bool(n % 2)) for n in range(10)])]
    exact = measured(MEL, lambda canvas: sounds[0], sounds)
    found = measured(MEL, griffin_lim(MEL, 4), sounds)
    assert found.pesq[0] < exact.pesq[0]
    assert exact.pesq[0] > 4.5
    assert exact.variance == 1
