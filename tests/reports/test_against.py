"""Numbers drawn against each other: real samples, what was given, and baselines by setting."""

from __future__ import annotations

import json
from pathlib import Path

from mmgan_core.reports.against import REAL, drawn, lines_of
from mmgan_core.reports.plots import Line
from mmgan_core.reports.report import report_html
from mmgan_core.runs.measurements import Measured

PAIR = ("self-BLEU-4", "MS-Jaccard-4")


def row(given: str, name: str, value: float, floor: float | None = None) -> Measured:
    return {
        "entry": "say",
        "given": given,
        "name": name,
        "value": value,
        "floor": floor,
        "low": None,
        "high": None,
        "better": "lower",
        "n": 9,
        "target": "",
        "evaluator": "",
        "evaluator_hash": "",
        "evaluator_accuracy": None,
        "split": "test",
        "seed": 0,
        "samples": 1,
    }


def point(
    given: str, x: float, y: float, floors: tuple[float, float] | None = None
) -> list[Measured]:
    x_floor, y_floor = floors or (None, None)
    return [row(given, PAIR[0], x, x_floor), row(given, PAIR[1], y, y_floor)]


ROWS = [
    *point("baseline: 3-gram, temperature 1", 0.3, 0.07),
    *point("baseline: 3-gram, temperature 0.7", 0.6, 0.08),
    *point("baseline: 3-gram, temperature 1.3", 0.1, 0.04),
    *point("baseline: other", 0.2, 0.05, (0.9, 0.9)),
    *point("nothing", 0.5, 0.06, (0.14, 0.083)),
    *point("nothing, shuffled", 0.5, 0.01),
    row("label", PAIR[0], 0.4),
]


def test_there_is_a_line_for_each_baseline_and_a_point_for_real_samples() -> None:
    assert lines_of(ROWS, PAIR) == [
        Line("baseline: 3-gram", [(0.1, 0.04), (0.3, 0.07), (0.6, 0.08)], 0),
        Line("baseline: other", [(0.2, 0.05)], 1),
        Line(REAL, [(0.14, 0.083)], 2),
        Line("given nothing", [(0.5, 0.06)], 3),
    ]


def test_only_numbers_that_a_metric_draws_are_drawn() -> None:
    (found,) = drawn(ROWS)
    assert (found.title, len(found.key)) == ("say: MS-Jaccard-4", 4)
    assert "self-BLEU-4" in found.svg
    assert "samples seen" not in found.svg
    assert list(drawn([row("nothing", "L1", 0.5), row("nothing", PAIR[0], 0.5)])) == []
    assert list(drawn([])) == []


def test_a_report_shows_them_beside_the_numbers(tmp_path: Path) -> None:
    (tmp_path / "evaluation.json").write_text(json.dumps(ROWS))
    page = report_html(tmp_path)
    assert page.index("say: MS-Jaccard-4") < page.index("What the numbers are")
    (tmp_path / "evaluation.json").write_text(json.dumps(ROWS[-1:]))
    assert "say: MS-Jaccard-4" not in report_html(tmp_path)
