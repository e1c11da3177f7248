"""The health of a training over time, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmgan_core.health.words import WORDS
from mmgan_core.reports.health_strip import ADVICE, MOST_PARTS, strips

PAGE = Path(__file__).parent.parent.parent / "docs" / "how-to" / "health.md"


def test_lines_with_one_word_are_one_stretch_as_long_as_its_samples() -> None:
    words = ["starting", "starting", "healthy", "collapsing"]
    rows = [
        {"samples": samples, "health": {"a": word}}
        for samples, word in zip((1_000, 2_000, 6_000, 8_000), words, strict=True)
    ]
    (strip,) = strips(rows)
    assert [(one.word, one.tone, one.share) for one in strip.stretches] == [
        ("starting", "open", 25.0),
        ("healthy", "good", 50.0),
        ("collapsing", "bad", 25.0),
    ]
    assert [(one.first, one.last) for one in strip.stretches] == [
        *((1_000, 2_000), (6_000, 6_000), (8_000, 8_000))
    ]
    assert (strip.now, strip.tone, strip.share_bad) == ("collapsing", "bad", 25.0)
    assert [word for word, *_ in strip.advice] == ["collapsing", "starting", "healthy"]
    assert [share for _, _, share, *_ in strip.advice] == [25.0, 25.0, 50.0]
    assert "objectives/mode-seeking" in strip.advice[0][4]


def test_each_made_entry_has_a_strip_and_runs_without_words_have_none() -> None:
    rows = [{"samples": 5, "health": {"b": "healthy", "a": "D lost"}}]
    assert [one.entry for one in strips(rows)] == ["b", "a"]
    assert strips([]) == []
    assert strips([{"samples": 5}]) == []


def test_of_many_lines_some_stand_together_under_their_usual_word() -> None:
    words = ["healthy", "healthy", "D lost"] * MOST_PARTS
    (strip,) = strips([{"samples": k + 1, "health": {"a": w}} for k, w in enumerate(words)])
    assert [(one.word, round(one.share)) for one in strip.stretches] == [("healthy", 100)]
    assert (strip.now, round(strip.share_bad)) == ("D lost", 33)


def test_a_word_of_another_version_is_shown_without_advice() -> None:
    (strip,) = strips([{"samples": 5, "health": {"a": "odd"}}])
    assert strip.advice == [("odd", "bad", 100.0, "", "")]


@pytest.mark.parametrize("word", WORDS)
def test_every_word_is_explained_here_as_in_the_documentation(word: str) -> None:
    meaning, change = ADVICE[word]
    assert meaning
    assert bool(change) == (word not in ("healthy", "starting"))
    assert f"| {word} |" in PAGE.read_text(encoding="utf-8")
