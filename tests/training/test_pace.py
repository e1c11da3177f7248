"""When a run logs and draws: at first early, by samples and by the clock, then further apart."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import mmgan_core.training.pace as pacing
from mmgan_core.recipe.schema import Recipe
from mmgan_core.recipe.training_keys import Train
from mmgan_core.runs.checkpoint import checkpoints
from mmgan_core.training.pace import LOG_EVERY, SAMPLE_EVERY, Patience, due, passed
from mmgan_core.training.run import train


@pytest.mark.parametrize(
    ("before", "now", "every", "expected"),
    [
        (0, 2, 4, False),
        (2, 4, 4, True),
        (4, 6, 4, False),
        (0, 4, 4, True),
        (3, 4, 4, True),
        (4, 12, 4, True),
        (5, 7, 4, False),
        (7, 9, 4, True),
    ],
)
def test_a_multiple_between_is_due(before: int, now: int, every: int, expected: bool) -> None:
    assert passed(before, now, every) is expected
    assert due(before, now, every, 1) is expected, "and nothing but what the recipe says"


def marks(batch: int, until: int, every: int | None, usual: int) -> list[int]:
    ends = range(batch, until + 1, batch)
    return [end for end in ends if due(end - batch, end, every, usual)]


def test_lines_and_sheets_come_early_and_then_further_apart() -> None:
    early = [500, 1_000, 2_000, 4_000]
    assert marks(100, 16_000, None, LOG_EVERY) == [*early, 5_000, 10_000, 15_000]
    sheets = [*early, 8_000, 16_000, 32_000, 50_000, 100_000]
    assert marks(500, 149_000, None, SAMPLE_EVERY) == sheets
    assert all(b <= 2 * a for a, b in itertools.pairwise(sheets))


def test_a_step_that_passes_a_mark_is_the_one_that_is_due() -> None:
    assert marks(64, 2_100, None, LOG_EVERY) == [512, 1_024, 2_048]
    assert marks(2_100, 6_300, None, LOG_EVERY) == [2_100, 4_200, 6_300], "once for several"


def test_a_recipe_that_says_how_often_is_followed() -> None:
    assert marks(100, 8_000, 3_000, LOG_EVERY) == [3_000, 6_000]


def test_the_recipe_says_when() -> None:
    said = {name: Train.model_fields[name].description for name in ("log_every", "sample_every")}
    assert f"then every {LOG_EVERY:,}" in str(said["log_every"])
    assert f"then every {SAMPLE_EVERY:,}" in str(said["sample_every"])
    assert all("500, 1,000, 2,000 " in str(text) for text in said.values())


@pytest.mark.parametrize(
    ("wanted", "drawn_at", "expected"),
    [(True, 9, [False, False, True, False]), (True, 1, [False] * 4), (False, 9, [False] * 4)],
)
def test_patience_ends_once(
    monkeypatch: pytest.MonkeyPatch, wanted: bool, drawn_at: int, expected: list[bool]
) -> None:
    seconds = iter([5.0, 44.9, 45.0, 99.0])
    monkeypatch.setattr("time.monotonic", lambda: next(seconds))
    patience = Patience(wanted=wanted)
    assert [patience.over(drawn=step >= drawn_at) for step in range(4)] == expected


def test_a_sheet_by_the_clock_changes_nothing_that_is_learned(
    small: Callable[..., Recipe], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In any step, so it may come from a clock: the recipe has dropout, noise and augmentation."""
    chosen = small(train__samples=64, train__sample_every=1_000)
    train(chosen, tmp_path / "without", cpu=True)
    monkeypatch.setattr(pacing, "PATIENCE", 0.0)
    train(chosen, tmp_path / "with", cpu=True)
    sheets = {
        name: [file.stem.lstrip("0") for file in sorted((tmp_path / name / "samples").iterdir())]
        for name in ("without", "with")
    }
    assert sheets == {"without": ["64"], "with": ["16", "64"]}
    one, other = (checkpoints(tmp_path / name)[-1] for name in ("without", "with"))
    for file in one.glob("*.safetensors"):
        tensors, others = load_file(file), load_file(other / file.name)
        assert all(torch.equal(tensor, others[key]) for key, tensor in tensors.items())
