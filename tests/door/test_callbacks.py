"""Callbacks see a training as it goes on, do not disturb it, and can stop it for now."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest
import torch

import mmgan_core as mmgan
from mmgan_core import Model, TrainingProgress, UsageError


def weights(model: Model) -> dict[str, torch.Tensor]:
    return model.gan.maker_state()


def quick(samples: int = 64) -> dict[str, Any]:
    return {"cpu": True, "train.samples": samples}


def same(one: Model, other: Model) -> bool:
    ours, theirs = weights(one), weights(other)
    return all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_callback_is_told_of_every_line_and_disturbs_nothing(
    recipe: Path, data: dict[str, Any], tmp_path: Path
) -> None:
    seen: list[TrainingProgress] = []
    made: list[torch.Tensor] = []

    def look(progress: TrainingProgress) -> None:
        seen.append(progress)
        made.append(progress.model().generate(label="left", count=2).tensors["image"])

    watched = mmgan.train(recipe, tmp_path / "a", data=data, callbacks=[look], **quick())
    alone = mmgan.train(recipe, tmp_path / "b", data=data, **quick())
    assert same(watched, alone)
    assert [(one.samples, one.total) for one in seen] == [(n, 64) for n in (16, 32, 48, 64)]
    assert seen[0].run == tmp_path / "a"
    assert {"image/d", "image/g"} <= seen[0].metrics.keys()
    assert seen[0].health.keys() == {"image"}
    assert not torch.equal(made[0], made[1])
    last = watched.generate(label="left", count=2).tensors["image"]
    assert torch.equal(made[-1], last)  # the averaged weights, as `load` reads them
    with pytest.raises(FrozenInstanceError):
        seen[0].samples = 3  # type: ignore[misc]


def test_a_model_of_a_callback_stays_as_it_was(
    recipe: Path, data: dict[str, Any], tmp_path: Path
) -> None:
    kept: list[tuple[Model, dict[str, torch.Tensor]]] = []

    def keep(progress: TrainingProgress) -> None:
        model = progress.model()
        kept.append((model, {name: one.clone() for name, one in weights(model).items()}))

    mmgan.train(recipe, tmp_path / "a", data=data, callbacks=[keep], **quick())
    for model, before in kept:
        assert all(torch.equal(one, before[name]) for name, one in weights(model).items())


def test_false_stops_after_the_step_and_resuming_goes_on_exactly(
    recipe: Path, data: dict[str, Any], tmp_path: Path
) -> None:
    told: list[int] = []

    def no_more(progress: TrainingProgress) -> bool:
        told.append(progress.samples)
        return progress.samples < 32

    whole = mmgan.train(recipe, tmp_path / "whole", data=data, **quick())
    run = tmp_path / "part"
    part = mmgan.train(recipe, run, data=data, callbacks=[no_more, print], **quick())
    assert part.samples == 32
    assert told == [16, 32]
    assert same(whole, mmgan.train(recipe, run, data=data, resume=True, **quick()))


def test_every_callback_is_told_even_if_one_stops(
    recipe: Path, data: dict[str, Any], tmp_path: Path
) -> None:
    told: list[int] = []
    mmgan.train(
        recipe,
        tmp_path / "run",
        data=data,
        callbacks=[lambda _: False, lambda progress: told.append(progress.samples)],
        **quick(),
    )
    assert told == [16]


@pytest.mark.parametrize("answer", [None, 0, "", True])
def test_nothing_but_false_stops(
    recipe: Path, data: dict[str, Any], tmp_path: Path, answer: object
) -> None:
    run = tmp_path / "run"
    model = mmgan.train(recipe, run, data=data, callbacks=[lambda _: answer], **quick(32))
    assert model.samples == 32


def test_the_fault_of_a_callback_is_not_hidden(
    recipe: Path, data: dict[str, Any], tmp_path: Path
) -> None:
    def broken(progress: TrainingProgress) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        mmgan.train(recipe, tmp_path / "a", data=data, callbacks=[broken], **quick())
    wrong: Any = ["print"]
    with pytest.raises(UsageError, match="callbacks has 'print', which is no function"):
        mmgan.train(recipe, tmp_path / "b", data=data, callbacks=wrong, **quick())
    assert not (tmp_path / "b" / "lock.json").exists()
