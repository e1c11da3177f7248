"""What may be changed of a run after its training."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmgan_core import load_recipe
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.errors import RecipeError, UsageError
from mmgan_core.recipe.reading import dump
from mmgan_core.reports.report import report_html
from mmgan_core.runs.changes import changed_recipe


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that has just begun."""
    blueprint, _ = open_recipe(load_recipe("digits"))
    (tmp_path / "resolved.yaml").write_text(dump(blueprint.resolved()))
    return tmp_path


def test_how_it_is_measured_and_described_may_change(run: Path) -> None:
    changes = {
        "bad_rows": 0.2,
        "evaluate.count": 7,
        "make.image.judge.samples": 9,  # an old spelling
        "make.image.matcher": None,
        "summary": "Some digits.",
    }
    before, recipe = changed_recipe(run, {}), changed_recipe(run, changes)
    assert (recipe.bad_rows, recipe.evaluate.count, recipe.summary) == (0.2, 7, "Some digits.")
    assert recipe.make["image"].evaluator
    assert recipe.make["image"].evaluator.samples == 9
    assert before.make["image"].generator == recipe.make["image"].generator
    assert before.name == recipe.name == "digits"


@pytest.mark.parametrize("key", ["train.samples", "make.image.generator", "make", "seed", "data"])
def test_what_it_was_trained_with_may_not_change(run: Path, key: str) -> None:
    with pytest.raises(UsageError, match=f"--set {key}: the run has been trained") as told:
        changed_recipe(run, {key: 1})
    assert "bad_rows, evaluate, name, summary, make.NAME.evaluator" in str(told.value.hint)


def test_a_value_that_does_not_fit_is_refused_as_in_any_recipe(run: Path) -> None:
    with pytest.raises(RecipeError, match="bad_rows"):
        changed_recipe(run, {"bad_rows": 2})
    with pytest.raises(RecipeError, match="evaluate"):
        changed_recipe(run, {"evaluate.cuont": 2})


def test_a_report_describes_the_run_otherwise(run: Path) -> None:
    assert "Some digits." not in report_html(run)
    page = report_html(run, {"summary": "Some digits."})
    assert page.count("Some digits.") >= 2, "beneath the title and in the recipe"
