"""Captions without a model: that of the nearest picture, and the same for all."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from benchmarks.caption_baselines import frequent, main, nearest

from .conftest import Measure


def picture(grey: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (grey, grey, grey)).save(file, "png")
    return file.getvalue()


def test_the_nearest_picture_is_that_with_the_most_similar_pixels() -> None:
    known = [picture(0), {"bytes": picture(100), "path": None}, picture(255)]
    assert nearest(known, [picture(90), picture(240), picture(3)], 4) == [1, 2, 0]


def test_a_word_counts_once_for_each_caption() -> None:
    assert frequent(["flag flag flag", "red heart", "Heart of gold", "gold"], 2) in (
        "heart gold",
        "gold heart",
    )


def test_a_table_is_printed(tmp_path: Path, measure: Measure) -> None:
    greys = [0, 100, 200]
    for split, shift in (("train", 0), ("test", 4)):
        rows = {
            "image": [picture(grey + shift) for grey in greys] * 60,
            "caption": ["black", "Grey flag", "white flag"] * 60,
        }
        pq.write_table(pa.table(rows), tmp_path / f"{split}.parquet")
    lines = [line.split("|") for line in measure(main, tmp_path, "--words", 1).splitlines()]
    found = {cells[1].strip(): cells[2:4] for cells in lines if len(cells) > 1}
    assert [float(cell.split()[0]) for cell in found["nearest picture"]] == [1, 1]
    # "flag" is one of two words in two of three captions.
    assert [float(cell.split()[0]) for cell in found["1 most frequent words"]] == [0, 0.444]
