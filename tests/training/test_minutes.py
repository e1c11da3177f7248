"""A training of so many minutes is the training of the recipe that it writes down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

import mmgan_core.training.minutes as fitting
from mmgan_core import load_recipe
from mmgan_core.errors import UsageError
from mmgan_core.recipe.reading import read_recipe
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.checkpoint import checkpoints, load_checkpoint
from mmgan_core.training.minutes import fit, readable, recipe_for_minutes, refuse_both
from mmgan_core.training.run import train
from mmgan_core.training.timing import StepTime, Timing


def at_rate(monkeypatch: pytest.MonkeyPatch, rate: float, **more: Any) -> None:
    def timing(recipe: Recipe, *, device: str) -> Timing:
        step = StepTime(recipe.train.batch_size / rate, recipe.train.batch_size, **more)
        return Timing(((0, step),), recipe.train.samples, recipe.train.batch_size, device)

    monkeypatch.setattr(fitting, "time_recipe", timing)


def test_numbers_are_readable_and_never_more() -> None:
    assert [readable(n) for n in (0.2, 99.9, 100, 199, 123_456, 999_999)] == [
        1,
        99,
        100,
        190,
        120_000,
        990_000,
    ]


def test_everything_that_counts_in_samples_keeps_its_proportion() -> None:
    recipe = load_recipe(
        "digits",
        **{
            "train.samples": 40_000,
            "train.learning_rate": {"from": 1e-3, "to": 1e-4, "over": 40_000},
            "make.image.penalties.0.weight": {"from": 1.0, "to": 0.1, "over": 10_000},
            "make.image.auxiliary_losses": ["objectives/reconstruction"],
            "make.image.adversarial_start": 4_000,
            "train.log_every": 400,
            "train.sample_every": None,
            "train.checkpoint_every": 8_000,
            "train.ema": {"half_life": 2_000},
        },
    )
    found, changes = fit(recipe, 100_000)
    settings: Any = found.train
    assert settings.samples == settings.learning_rate.over == 100_000
    weight: Any = found.make["image"].penalties[0].weight
    assert (weight.start, weight.to, weight.over) == (1.0, 0.1, 25_000)
    assert found.make["image"].adversarial_start == 10_000
    assert (settings.log_every, settings.sample_every) == (1_000, None)
    assert settings.checkpoint_every == 20_000
    assert settings.ema.half_life == 5_000
    assert dict(changes)["train.samples"] == (40_000, 100_000)
    assert dict(changes)["make.image.penalties.0.weight.over"] == (10_000, 25_000)
    assert recipe.train.samples == 40_000, "the recipe itself stays"


def test_a_half_life_that_is_a_schedule_is_scaled_as_one() -> None:
    recipe = load_recipe(
        "echo",
        **{
            "train.samples": 1_000,
            "train.ema": {"half_life": {"from": 0, "to": 100, "over": 500}},
        },
    )
    half_life: Any = fit(recipe, 2_000)[0].train.ema.half_life
    assert (half_life.start, half_life.to, half_life.over) == (0, 200, 1_000)


def test_minutes_become_samples_by_the_measured_rate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """2 minutes at 100 a second, less a twentieth for sheets: 11,400, of which two digits stay."""
    at_rate(monkeypatch, 100.0)
    found = recipe_for_minutes(load_recipe("echo"), 2, device="cpu")
    assert found.train.samples == 11_000
    said = capsys.readouterr().err
    assert "2 minutes at 100 samples a second on cpu: train.samples 11,000 (was 4,096)" in said
    assert recipe_for_minutes(load_recipe("echo"), 1e-6, device="cpu").train.samples == 16, (
        "one step"
    )


def test_what_cannot_be_measured_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    at_rate(monkeypatch, 1.0, over=True)
    with pytest.raises(UsageError, match="a step takes more than"):
        recipe_for_minutes(load_recipe("echo"), 5)
    for minutes in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(UsageError, match="minutes is none"):
            recipe_for_minutes(load_recipe("echo"), minutes)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UsageError, match="several processes"):
        recipe_for_minutes(load_recipe("echo"), 5)


@pytest.mark.parametrize("changes", [{"train.samples": 8}, {"train": {"samples": 8}}])
def test_minutes_and_samples_are_refused_together(changes: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="both say how long"):
        refuse_both(changes)
    refuse_both({"train.batch_size": 8, "train": {"batch_size": 8}})


def test_a_run_by_the_clock_is_the_run_of_the_recipe_that_it_writes(
    small: Callable[..., Recipe], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real steps are timed before, and leave no trace in the weights."""
    measured: Any = fitting.time_recipe

    def timing(recipe: Recipe, *, device: str) -> Timing:
        measured(recipe, device=device, cap=0.5)
        step = StepTime(1.0, 16)
        return Timing(((0, step),), recipe.train.samples, 16, device)

    monkeypatch.setattr(fitting, "time_recipe", timing)
    run = train(small(), tmp_path / "a", device="cpu", minutes=0.07)
    assert run.samples == 64
    written = yaml.safe_load((tmp_path / "a" / "recipe.yaml").read_text(encoding="utf-8"))
    assert written["train"]["samples"] == 63
    assert written["train"]["learning_rate"]["over"] == 19_000, "40,000 before"
    train(read_recipe(tmp_path / "a" / "recipe.yaml"), tmp_path / "b", device="cpu")
    one, other = (load_checkpoint(checkpoints(tmp_path / n)[-1], "weights")[0] for n in "ab")
    assert all(torch.equal(one["weights"][k], v) for k, v in other["weights"].items())
    with pytest.raises(UsageError, match="holds a training already"):
        train(small(), tmp_path / "a", minutes=1)
    with pytest.raises(UsageError, match="leave out --minutes"):
        train(small(), tmp_path / "a", minutes=1, resume=True)
