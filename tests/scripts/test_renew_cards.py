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
