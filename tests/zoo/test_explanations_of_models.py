"""Whether explanations of a model are to be believed stands in its manifest and on its card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mmgan_core.errors import IntegrityError
from mmgan_core.publishing.card import card
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.manifest import checked_manifest

SPEECH = Path(__file__).resolve().parents[2] / "zoo" / "models" / "speech"
SOUND = {"explained": "letters of word", "by": "core/parts", "n": 12, "stands": 0.25}


def changed(**numbers: float) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads((SPEECH / "model.json").read_text(encoding="utf-8"))
    raw["explanations"] = [{**SOUND, **numbers}] if numbers else []
    return raw


def text_of(raw: dict[str, Any]) -> str:
    directory = ModelDirectory.open(SPEECH)
    return card(checked_manifest(raw, "model.json"), directory.blueprint(), [], "speech")


@pytest.mark.parametrize(
    ("gain", "low", "words"),
    [
        (0.35, 0.1, "**To be believed**"),
        (0.35, 0.04, "**With care**"),
        (0.08, 0.04, "**Not to be believed**"),  # too little
        (0.35, -0.01, "**Not to be believed**"),  # it may be chance
    ],
)
def test_the_card_says_in_words_what_is_to_be_believed(gain: float, low: float, words: str) -> None:
    text = text_of(changed(gain=gain, low=low, high=0.6))
    assert f"- {words}: which letters of word matter most, by `core/parts`: {gain:+.0%} (" in text
    assert f"{low:+.0%} to +60%, n = 12; it stands for 25% of single values)" in text


def test_without_numbers_there_is_no_section() -> None:
    assert "## Explanations" not in text_of(changed())


@pytest.mark.parametrize(
    "numbers",
    [
        {"gain": 0.5, "low": 0.6, "high": 0.7},
        {"gain": 0.5, "low": 0.4, "high": float("inf")},
        {"gain": 0.5, "low": 0.4, "high": 0.6, "stands": 1.5},
        {"gain": 0.5, "low": 0.4, "high": 0.6, "n": 0},
    ],
)
def test_impossible_numbers_are_refused(numbers: dict[str, float]) -> None:
    with pytest.raises(IntegrityError, match=r"explanations\.0"):
        checked_manifest(changed(**numbers), "model.json")
