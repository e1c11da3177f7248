"""Numbers that are added to a shipped model."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from mmgan_core.runs.measurements import DECODED

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def row(given: str, name: str, value: float) -> dict[str, Any]:
    return {"entry": "x", "given": given, "name": name, "value": value}


def test_newer_numbers_replace_older_ones_and_stand_by_what_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(SCRIPTS)
    renew: Any = import_module("renew_cards")
    old = [row("nothing", "a", 1), row("word", "a", 2), row("word", "b", 3)]
    new = [row(DECODED, "c", 4), row("nothing", "c", 5), row("word", "b", 6), row("both", "c", 7)]
    assert renew.merged(old, new) == [
        row("nothing", "a", 1),
        row("nothing", "c", 5),
        row("word", "a", 2),
        row("word", "b", 6),
        row("both", "c", 7),
        row(DECODED, "c", 4),
    ]
    assert renew.merged(old, []) == old


def test_what_was_measured_of_explanations_replaces_what_was_said_of_the_same_sort(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(SCRIPTS)
    renew: Any = import_module("renew_cards")

    def said(by: str, gain: float, low: float, high: float) -> dict[str, Any]:
        return {"explained": "letters", "by": by, "n": 4, "gain": gain, "low": low, "high": high}

    old = [{**said("core/parts", 0.1, 0, 0.2), "stands": 0.5}]
    measured = [
        {"explained": "letters", "by": by, "n": 4, "deletion": 0.5, "error": 0.3, "stands": 0.25}
        for by in ("core/parts", "core/occlusion")
    ]
    assert renew.faithful(old, [*measured, row("nothing", "a", 1)]) == [
        {**said("core/parts", 0.5, 0.2, 0.8), "stands": 0.25},
        {**said("core/occlusion", 0.5, 0.2, 0.8), "stands": 0.25},
    ]
    assert renew.faithful(old, []) == old
