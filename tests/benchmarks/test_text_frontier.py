"""The frontier of texts: who made them, and that a file's texts stand where they belong."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.text_frontier import main

from .conftest import Measure

WORDS = ("small", "fast", "library", "tool")


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    known = [f"a {one} {other} for texts" for one in WORDS for other in WORDS if one != other]
    for split, rows in (("train", known), ("validation", known[::2])):
        pq.write_table(pa.table({"title": rows}), tmp_path / f"{split}.parquet")
    return tmp_path


def test_files_stand_beside_real_texts_and_ngrams_and_are_drawn(
    pack: Path, tmp_path: Path, measure: Measure
) -> None:
    (tmp_path / "same.txt").write_text("a small tool for texts\n" * 9)
    to, svg = tmp_path / "numbers.json", tmp_path / "drawing.svg"
    asked = [pack, "--column", "title", "--of", f"same={tmp_path / 'same.txt'}", "--seeds", 2]
    measure(main, *asked, "--temperatures", 0.5, 1, "--to", to, "--svg", svg)
    found = json.loads(to.read_text())
    assert {name: list(points) for name, points in found.items()} == {
        "real texts": ["#0", "#1"],
        "3-gram": ["0.5", "1"],
        "same": [""],
    }
    same, real = found["same"][""], found["real texts"]["#0"]
    assert same["self-BLEU-4"] == pytest.approx(1)
    assert same["MS-Jaccard-4"] < real["MS-Jaccard-4"]
    assert (same["unique"], same["novel"]) == (1 / 6, 0)
    assert (real["unique"], real["novel"]) == (1, 0)
    # Of "a small tool for texts", both runs of four words are known, and none of six is there.
    assert [same[f"repeated-{length}"] for length in (4, 6, 8)] == [1, 0, 0]
    drawn = svg.read_text()
    assert drawn.lstrip().startswith("<?xml")
    assert ">same<" in drawn
