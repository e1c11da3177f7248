"""A run's report, of a directory made by hand."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from mmgan_core.runs.curve import curve
from mmgan_core.runs.report import report_html


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "resolved.yaml").write_text(
        'name: "<b>bold</b>"\nsummary: "<script>alert(1)</script>"\n'
    )
    rows = [
        {"samples": 1_000 * n, "image/d": 1.0, "image/g": float(n), "health": {"image": "healthy"}}
        for n in (1, 2, 3)
    ]
    rows.append({**rows[-1], "samples": 4_000, "image/g": float("nan")})
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "run.log").write_text("row 3: <img src=x onerror=alert(1)>\n")
    (tmp_path / "samples").mkdir()
    for samples in (1, 2, 3, 4):
        Image.new("L", (2, 2)).save(tmp_path / "samples" / f"{samples:012d}.png")
    return tmp_path


def test_nothing_of_a_recipe_or_a_log_is_active(run: Path) -> None:
    html = report_html(run)
    assert "<h1>&lt;b&gt;bold&lt;/b&gt;</h1>" in html
    assert "<script" not in html
    assert "<img src=x" not in html


def test_names_nothing_outside_itself(run: Path) -> None:
    addresses = re.findall(r'(?:src|href)="(\w+:?)', report_html(run))
    assert addresses == ["data:"] * 3


def test_the_newest_sheets_come_first(run: Path) -> None:
    assert re.findall(r"after (\S+) samples", report_html(run)) == ["4", "3", "2"]


def test_says_how_to_measure_what_was_not_measured(run: Path) -> None:
    html = report_html(run)
    assert "no numbers yet: run <code>mmgan-zoo evaluate</code>" in html
    assert "<table>" not in html


def test_numbers_are_those_of_the_printed_table(run: Path) -> None:
    row = {
        **dict.fromkeys(("entry", "given", "name", "target", "evaluator", "evaluator_hash"), "a"),
        **dict.fromkeys(("value", "low", "high", "floor", "evaluator_accuracy"), 0.12345),
        "n": 5,
        "split": "test",
        "seed": 0,
        "samples": 4,
    }
    (run / "evaluation.json").write_text(json.dumps([row]))
    html = report_html(run)
    assert re.findall("<th>(.*?)</th>", html) == [
        *("makes", "given", "number", "value", "95 %", "real", "n")
    ]
    assert re.findall("<td>(.*?)</td>", html) == [
        *("a", "a", "a", "0.123", "0.123-0.123", "0.123", "5")
    ]
    assert "predicts a correctly for 12.3% of real samples" in html


def test_a_loss_that_is_no_number_has_no_place_on_its_curve(run: Path) -> None:
    html = report_html(run)
    assert "nan" not in html
    d, g = re.findall('<polyline points="(.*?)"', html)
    assert len(d.split()) == 4
    assert len(g.split()) == 3


def test_points_lie_where_their_scales_put_them() -> None:
    found = curve("losses", {"g": [(0, 1.0), (50, 2.0), (100, 3.0)]})
    assert found is not None
    assert found.lines[0].points == "48.0,160.0 344.0,80.0 640.0,0.0"
    assert (found.first, found.last, found.bottom, found.top) == ("0", "100", "1", "3")
    assert curve("losses", {"g": [(0, 1.0)], "d": []}) is None
