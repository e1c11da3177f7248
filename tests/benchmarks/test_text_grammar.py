"""The language of which every sentence is known, and the numbers of texts in it."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from benchmarks.text_grammar import main, measured
from benchmarks.text_grammar_data import halves, language, write

from .conftest import Measure


def test_verbs_agree_with_their_subject_across_another_noun() -> None:
    sentences = language()
    assert len(sentences) == len(set(sentences)) == 1_440
    assert "the foxes near the dog sleep" in sentences
    assert "the foxes near the dog sleeps" not in sentences
    assert "a small cat near two dogs likes the dogs" in sentences


def test_half_of_the_language_is_the_data(tmp_path: Path) -> None:
    known, unknown = halves()
    assert len(known) == len(unknown) == 720
    assert sorted([*known, *unknown]) == language()
    write(tmp_path)
    rows = pq.read_table(tmp_path / "train.parquet")["text"].to_pylist()
    assert (set(rows), len(rows)) == (set(known), 720 * 16)


def test_the_numbers_of_a_few_texts() -> None:
    """Of four texts three are sentences, two of them different, and one is in the data."""
    found = measured(["a b", "c  d", "c d", "nonsense"], ["a b", "e"], ["c d", "f"])
    assert found == {
        "valid": 3 / 4,
        "new": 2 / 3,
        "coverage": 2 / 4,
        "of data": 1 / 2,
        "different": 3 / 4,
    }


def test_counting_neighbours_is_not_enough(tmp_path: Path, measure: Measure) -> None:
    to, made = tmp_path / "numbers.json", tmp_path / "made.txt"
    made.write_text("a cat sleeps\n")
    measure(main, "--count", 300, "--temperatures", 1, "--of", f"one={made}", "--to", to)
    found = json.loads(to.read_text())
    assert list(found) == ["the language", "the data", "3-gram, 1", "5-gram, 1", "one"]
    assert found["the language"]["valid"] == found["one"]["valid"] == 1
    assert found["the data"]["new"] == 0
    assert found["one"]["coverage"] == pytest.approx(1 / 1_440)
    assert found["3-gram, 1"]["valid"] < 0.6 < found["5-gram, 1"]["valid"] < 1
