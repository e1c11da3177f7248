"""A run's report, of a directory made by hand."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from PIL import Image

from mmgan_core.reports.report import LINES, report_html

from .whole_page import read

ATTACK = "<img src=x onerror=alert(1)>"


def logged(run: Path, *rows: dict[str, object]) -> None:
    (run / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def measured(**values: object) -> dict[str, object]:
    return {
        **dict.fromkeys(("entry", "given", "name", "target", "evaluator", "evaluator_hash"), "a"),
        **dict.fromkeys(("value", "low", "high", "floor", "evaluator_accuracy"), 0.12345),
        "better": "higher",
        "n": 5_000,
        "split": "test",
        "seed": 0,
        "samples": 4,
        **values,
    }


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "resolved.yaml").write_text(
        'name: "<b>bold</b>"\nsummary: "<script>alert(1)</script>"\n'
    )
    rows: list[dict[str, object]] = [
        {"samples": 1_000 * n, "image/d": 1.0, "image/g": float(n), "health": {"image": "healthy"}}
        for n in (1, 2, 3)
    ]
    rows.append({**rows[-1], "samples": 4_000, "image/g": float("nan")})
    logged(tmp_path, *rows)
    (tmp_path / "run.log").write_text(f"row 3: {ATTACK}\n")
    (tmp_path / "samples").mkdir()
    for samples in (1, 2, 3, 4):
        Image.new("L", (2, 2)).save(tmp_path / "samples" / f"{samples:012d}.png")
    return tmp_path


def test_nothing_of_a_recipe_or_a_log_is_active(run: Path) -> None:
    html = report_html(run)
    read(html)
    assert "<h1>&lt;b&gt;bold&lt;/b&gt;</h1>" in html
    assert "<script" not in html
    assert "<img src=x" not in html


def test_nothing_that_was_measured_or_logged_is_active(run: Path) -> None:
    words = {ATTACK: ATTACK, "'\"><script>": "$\\frac{1}{0}$"}
    logged(run, {"samples": 9, f"{ATTACK}/d": 1.0, "$\\frac/g": 2.0, "health": words})
    rows = [measured(entry=ATTACK, given=ATTACK, name=ATTACK, evaluator=ATTACK)]
    (run / "evaluation.json").write_text(json.dumps(rows))
    html = report_html(run)
    read(html)
    assert "<img src=x" not in html
    assert html.count("&lt;img src=x") > 6


def test_shows_the_newest_sheet_large_and_the_earlier_ones_in_order(run: Path) -> None:
    html = report_html(run)
    assert re.findall(r"After (\S+) samples\.", html) == ["4"]
    assert re.findall(r"after (\S+) samples</figcaption>", html) == ["1", "2", "3"]
    assert read(html).tags["img"] == 4


def test_of_many_sheets_some_are_shown_evenly_spaced(run: Path) -> None:
    for samples in range(5, 41):
        Image.new("L", (2, 2)).save(run / "samples" / f"{samples:012d}.png")
    found = re.findall(r"after (\S+) samples</figcaption>", report_html(run))
    assert found == ["1", "7", "14", "20", "26", "33", "39"]


def test_says_how_to_measure_what_was_not_measured(run: Path) -> None:
    html = report_html(run)
    assert "no numbers yet: run <code>mmgan-zoo evaluate</code>" in html
    assert "<table" not in html


def test_numbers_stand_in_a_table_and_are_explained(run: Path) -> None:
    rows = [
        measured(entry="image", given="label", name="condition accuracy"),
        measured(entry="image", given="label, shuffled", name="retrieval (1 of 100)", floor=None),
        measured(entry="image", given="label", name="Fréchet distance", better="lower", low=None),
    ]
    (run / "evaluation.json").write_text(json.dumps(rows))
    html = report_html(run)
    read(html)
    assert re.findall(r"<th(?: [^>]*)?>(.*?)</th>", html) == [
        *("given", "number", "value", "95 %", "real", "n")
    ]
    assert re.findall(r"<td(?: [^>]*)?>(.*?)</td>", html)[:6] == [
        *("label", "condition accuracy", "0.123", "0.123 to 0.123", "0.123", "5,000")
    ]
    assert "recognises what was asked for. Higher is better." in html
    assert "better than what was given to others. Higher is better." in html
    assert "It is not the FID" in html
    assert "Lower is better." in html
    assert "shuffled: the samples were made from other rows" in html.replace("&#39;", "'")
    assert "predicts a correctly for 12.3% of real samples" in html
    (run / "evaluation.json").write_text(json.dumps([*rows, measured(entry="audio")]))
    assert re.findall(r"<th(?: [^>]*)?>(.*?)</th>", report_html(run))[0] == "makes"


def test_a_run_that_has_just_begun_has_a_page(run: Path) -> None:
    (run / "metrics.jsonl").unlink()
    for file in (run / "samples").iterdir():
        file.unlink()
    html = report_html(run, samples=2)
    read(html)
    assert "Nothing has been logged yet." in html
    assert "There is no sample sheet yet" in html
    assert "has no checkpoint yet" in html
    assert "mmgan-zoo generate" not in html
    assert "--resume" in html


def test_one_line_of_metrics_is_a_dot_and_not_an_empty_plot(run: Path) -> None:
    logged(run, {"samples": 128, "image/d": 0.5, "health": {"image": "starting"}})
    html = report_html(run)
    read(html)
    assert html.count('<svg viewBox="0 0') == 1
    assert "<use " in html


def test_a_very_long_run_has_a_small_page(run: Path) -> None:
    (run / "metrics.jsonl").write_text(
        "".join(
            f'{{"samples": {n}, "image/d": {n % 7}, "image/g": 1.5, "health": '
            f'{{"image": "{"healthy" if n % 2 else "collapsing"}"}}}}\n'
            for n in range(1, 20_001)
        )
    )
    html = report_html(run)
    assert len(html) < 400_000
    assert "a band is their range" in html
    assert re.search(r"collapsing <span", html)


def test_a_long_log_is_cut(run: Path) -> None:
    (run / "run.log").write_text("".join(f"row {n}\n" for n in range(LINES + 30)))
    html = report_html(run)
    assert "... and 30 more lines" in html
    assert f"row {LINES}\n" not in html


def test_without_matplotlib_the_page_says_how_to_get_its_curves(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    html = report_html(run)
    read(html)
    assert "pip install &#39;mmgan-zoo[plots]&#39;" in html
    assert "<svg" not in html
    assert "After 4 samples." in html
