"""The page of what mattered in a sweep."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from mmgan_core.reports.importances import FEWEST, importances, importances_html
from mmgan_core.training.sampled_sweep import sampled

OVER = {"train.learning_rate": ["1e-4..1e-2"], "make.<b>.loss": ["hinge", "relativistic"]}


def studied(folder: Path, trials: int) -> None:
    """A sweep in which the learning rate decides nearly everything, and one trial breaks."""
    pytest.importorskip("optuna")
    seen: list[float] = []

    def loss(values: object) -> float:
        assert isinstance(values, dict)
        seen.append(values["train.learning_rate"])
        if len(seen) == 2:
            return math.inf
        return abs(math.log10(seen[-1]) + 3) + (0.01 if values["make.<b>.loss"] == "hinge" else 0)

    folder.mkdir(exist_ok=True)
    sampled(folder, OVER, trials, 0, loss)


def test_the_key_that_decides_is_the_most_important(tmp_path: Path) -> None:
    studied(tmp_path / "s", 30)
    found = importances(tmp_path / "s")
    assert next(iter(found)) == "train.learning_rate"
    assert sum(found.values()) == pytest.approx(1)
    assert found["train.learning_rate"] > 0.7


def test_the_page_shows_shares_and_the_best_trials_and_escapes_names(tmp_path: Path) -> None:
    studied(tmp_path / "s", 30)
    page = importances_html(tmp_path / "s", OVER, by="core/frechet", higher=False)
    assert "make.&lt;b&gt;.loss" in page
    assert "<b>" not in page
    assert page.count("<td>relativistic</td>") + page.count("<td>hinge</td>") == 10
    assert "30 trials, measured by core/frechet (lower is better)" in page
    assert "diverged" not in page, "which is not among the best"


def test_values_of_which_more_is_better_have_their_own_sign(tmp_path: Path) -> None:
    studied(tmp_path / "s", 1)
    low = importances_html(tmp_path / "s", OVER, by="core/x", higher=False)
    high = importances_html(tmp_path / "s", OVER, by="core/x", higher=True)
    assert ">-" not in low
    assert ">-" in high


def test_of_few_trials_that_ended_nothing_is_said(tmp_path: Path) -> None:
    studied(tmp_path / "s", FEWEST)  # one of which broke
    assert importances(tmp_path / "s") == {}
    page = importances_html(tmp_path / "s", OVER, by="core/frechet", higher=False)
    assert f"Fewer than {FEWEST} trials" in page
    assert "diverged" in page
    assert importances(tmp_path) == {}, "no study"
