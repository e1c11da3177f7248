"""Runs that differ in their seeds are one group, with mean and deviation; numbers by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from mmgan_core.errors import UsageError
from mmgan_core.runs.across_seeds import final_metrics, grouped

MADE = {"generator": "core/dense", "discriminator": "core/dense", "loss": "objectives/hinge"}


def run(folder: Path, g: float, measured: float | None = None, **changes: Any) -> Path:
    folder.mkdir(parents=True)
    recipe = {"data": "core/digits", "make": {"x": MADE}, **changes}
    (folder / "resolved.yaml").write_text(json.dumps(recipe))
    lines = [
        {"samples": 1, "x/g": 100.0},
        {"samples": 2, "rate": 7, "x/g": g, "health": {"x": "y"}},
    ]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    if measured is not None:
        row = {"entry": "x", "given": "nothing", "name": "distance", "value": measured}
        (folder / "evaluation.json").write_text(json.dumps([{**row, "better": "lower"}]))
    return folder


def test_mean_and_deviation_over_seeds(tmp_path: Path) -> None:
    """1, 2 and 6: mean 3, deviation the root of (4 + 1 + 9) / 2 = 7."""
    runs = [run(tmp_path / f"a-seed{n}", g, seed=n, name=f"a{n}") for n, g in enumerate((1, 2, 6))]
    other = run(tmp_path / "b", 5.0, 0.25, train={"batch_size": 8}, seed=1)
    one, two = grouped([runs[0], other, *runs[1:]])
    assert (one.name, one.seeds, one.runs) == ("a", (0, 1, 2), tuple(runs))
    assert one.metrics["x/g"] == (3.0, pytest.approx(7**0.5), 3)
    assert set(one.metrics) == {"x/g"}
    assert (two.name, two.seeds) == ("b", (1,))
    assert two.metrics == {"x: distance (nothing)": (0.25, None, 1), "x/g": (5.0, None, 1)}
    assert two.better == {"x: distance (nothing)": "lower"}
    assert str(one.metrics["x/g"]) == "3 ± 2.6"


def test_a_number_that_some_runs_lack_is_over_the_others(tmp_path: Path) -> None:
    runs = [run(tmp_path / "a-seed0", 1.0, 4.0), run(tmp_path / "a-seed1", 3.0, seed=1)]
    (group,) = grouped(runs)
    assert group.metrics["x: distance (nothing)"] == (4.0, None, 1)
    assert group.metrics["x/g"].mean == 2.0


def test_groups_of_one_name_are_called_by_their_paths(tmp_path: Path) -> None:
    runs = [run(tmp_path / n / "a", 1.0, train={"batch_size": b}) for n, b in (("1", 8), ("2", 9))]
    assert [group.name for group in grouped(runs)] == [str(path) for path in runs]


def test_a_default_written_out_makes_no_difference(tmp_path: Path) -> None:
    runs = [run(tmp_path / "a", 1.0), run(tmp_path / "b", 1.0, train={"n_critic": 1}, seed=2)]
    assert len(grouped(runs)) == 1


def test_what_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no run"):
        grouped([tmp_path])
    assert final_metrics(tmp_path) == {}
