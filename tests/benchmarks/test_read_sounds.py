"""The tables of what encoders read from sounds, and from voices that they never heard."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.read_sounds import main
from mmgan_audio.waveform import Waveform, _wav

from .conftest import Measure

SPEAKERS = ("ann", "bob")


@pytest.fixture
def pack(tmp_path: Path) -> str:
    """Tones of two pitches by two speakers; every second one is in the other split."""
    time = np.arange(2400) / 8000
    rows = [
        {
            "audio": {"bytes": _wav(Waveform(loud, 8000)), "path": None},
            "label": word,
            "speaker": speaker,
        }
        for take in range(8)
        for speaker in SPEAKERS
        for word, pitch in (("low", 300), ("high", 1800))
        for loud in [(0.5 * np.sin(2 * np.pi * (pitch + take) * time)).astype(np.float32)]
    ]
    for number, split in enumerate(("train", "test")):
        pq.write_table(
            pa.Table.from_pylist(rows[16 * number :][:16]), tmp_path / f"{split}.parquet"
        )
    return f"parquet:{tmp_path}"


def test_each_encoder_reads_the_test_split(measure: Measure, pack: str) -> None:
    said = measure(main, "--data", pack, "--seconds", 0.5, "--encoder", "audio/mel-conv")
    (row,) = said.splitlines()[3:]
    assert row.startswith("| audio/mel-conv | ")
    assert row.endswith(" | 16 |")


def test_a_voice_that_is_left_out_is_read_in_both_splits(measure: Measure, pack: str) -> None:
    said = measure(
        main,
        "--data",
        pack,
        "--seconds",
        0.3,
        "--encoder",
        "audio/mel-conv",
        "--leave-out",
        "speaker",
    )
    rows = said.splitlines()[3:]
    assert [row.split(" | ")[2] for row in rows] == list(SPEAKERS)
    assert all(row.endswith(" | 16 |") for row in rows)  # 8 takes of each split
