"""Runs beside one another, by hand and from real trainings."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from PIL import Image

from mmgan_core.errors import UsageError
from mmgan_core.reports.compare import UNMEASURED, compare_html, compared

from .test_report import ATTACK, logged, measured
from .whole_page import read

RECIPE = {
    "name": "r",
    "data": {"use": "core/digits"},
    "make": {"image": {"generator": {"use": "g"}, "penalties": [{"use": "p", "weight": 1.0}]}},
    "train": {"samples": 100},
}


def made(folder: Path, seed: int, accuracy: float | None, **train: object) -> Path:
    """A run's directory by hand."""
    folder.mkdir()
    recipe = {**RECIPE, "name": folder.name, "seed": seed, "train": {**RECIPE["train"], **train}}
    (folder / "resolved.yaml").write_text(yaml.safe_dump(recipe))
    logged(
        folder,
        {"samples": 10, "image/d": 1.0, "image/g": 2.0},
        {"samples": 20, "image/d": 1.0 + seed, "image/g": 2.0},
    )
    if accuracy is not None:
        row = measured(entry="image", given="label", name="accuracy", value=accuracy)
        (folder / "evaluation.json").write_text(json.dumps([row]))
    (folder / "samples").mkdir()
    Image.new("L", (2, 2)).save(folder / "samples" / f"{20:012d}.png")
    return folder


def test_runs_that_differ_in_their_seed_are_one_group(tmp_path: Path) -> None:
    runs = [made(tmp_path / f"a-seed{n}", n, 0.5 + n / 10) for n in range(3)]
    other = made(tmp_path / "b", 0, 0.9, batch_size=8)
    found = compared([*runs, other])
    assert list(found.titles) == ["a", "b"]
    assert list(found.seeds) == ["seeds 0, 1, 2", "seed 0"]
    (number,) = found.measured
    # The mean of 0.5, 0.6 and 0.7, and the root of (0.01 + 0 + 0.01) / 2.
    assert (number.name, list(number.cells)) == ("image: accuracy (label)", ["0.6 ± 0.1", "0.9"])
    assert (number.better, number.best) == ("higher", 1)
    # d is 1, 2 and 3; g is always 2.
    assert {one.name: list(one.cells) for one in found.logged} == {
        "image/d": ["2 ± 1", "1"],
        "image/g": ["2 ± 0", "2"],
    }
    assert [(one.key, list(one.cells)) for one in found.differences] == [
        ("train.batch_size", ["-", "8"])
    ]


def test_what_is_better_by_less_than_seeds_deviate_is_not_the_best(tmp_path: Path) -> None:
    runs = [made(tmp_path / f"a-seed{n}", n, 0.5 + n / 10) for n in range(3)]
    near = made(tmp_path / "b", 0, 0.69, batch_size=8)
    assert compared([*runs, near]).measured[0].best is None


def test_lower_may_be_better(tmp_path: Path) -> None:
    runs = [made(tmp_path / "a", 0, 0.5), made(tmp_path / "b", 0, 0.3, batch_size=8)]
    for run in runs:
        rows = json.loads((run / "evaluation.json").read_text())
        (run / "evaluation.json").write_text(json.dumps([{**rows[0], "better": "lower"}]))
    assert compared(runs).measured[0].best == 1


def test_a_run_that_was_not_measured_has_no_number_there(tmp_path: Path) -> None:
    runs = [made(tmp_path / "a", 0, None), made(tmp_path / "b", 0, 0.3, batch_size=8)]
    (number,) = compared(runs).measured
    assert (list(number.cells), number.best) == (["-", "0.3"], None)
    found = compared([runs[0], made(tmp_path / "c", 0, None, batch_size=16)])
    html = compare_html(found)
    assert UNMEASURED in html


def test_the_page_lays_curves_over_each_other_and_sheets_side_by_side(tmp_path: Path) -> None:
    runs = [made(tmp_path / f"a-seed{n}", n, 0.5) for n in range(2)]
    html = compare_html(compared([*runs, made(tmp_path / "b", 0, 0.9, batch_size=8)]))
    assert read(html).tags["img"] == 3
    assert "a, seed 1" in html
    first = html[html.index("image: losses, discriminator") :]
    svg = first[: first.index("</svg>")]
    assert len(re.findall(r"fill: none; stroke: var\(--line-0\)", svg)) == 2
    assert len(re.findall(r"fill: none; stroke: var\(--line-1\)", svg)) == 1
    assert "<code>train.batch_size</code>" in html


def test_a_hostile_run_is_words(tmp_path: Path) -> None:
    runs = [
        made(tmp_path / "a", 0, 0.5),
        made(tmp_path / ATTACK.replace("/", ""), 0, 0.9, x=ATTACK),
    ]
    html = compare_html(compared(runs))
    read(html)
    assert "<img src=x" not in html
    assert html.count("&lt;img src=x") > 3


def test_nothing_but_the_seed_differs_within_a_group(tmp_path: Path) -> None:
    runs = [made(tmp_path / f"a-seed{n}", n, 0.5) for n in range(2)]
    assert "Nothing but the seed." in compare_html(compared(runs))


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        compared([made(tmp_path / "a", 0, 0.5), tmp_path])
