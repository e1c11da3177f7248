"""Training goes on from a model's weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from mmgan_core import load_recipe
from mmgan_core.errors import UsageError
from mmgan_core.runs.checkpoint import checkpoints, load_checkpoint
from mmgan_core.training.run import train

from .conftest import SMALL

STILL = {"train.samples": 32, "train.learning_rate": 0.0, "train.ema.half_life": 0.0}


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(checkpoints(run)[-1], "ema")[0]["ema"]


def test_it_begins_where_the_model_ended(run: Path, published: Path, tmp_path: Path) -> None:
    recipe = load_recipe("digits", **{**SMALL, **STILL, "seed": 5})
    for number, name in enumerate((f"dir:{published}", f"run:{run}")):
        begun = train(recipe, tmp_path / str(number), cpu=True, init_from=name).path
        theirs, ours = weights(run), weights(begun)
        assert all(torch.equal(theirs[key], ours[key]) for key in theirs)
        assert name in json.loads((begun / "lock.json").read_text())["begun_with"]


def test_parts_that_do_not_fit_are_new_and_told(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = {**SMALL, **STILL, "make.image.generator.noise_dim": 9}
    name = f"dir:{published}"
    train(load_recipe("digits", **changed), tmp_path / "run", cpu=True, init_from=name)
    said = " ".join(capsys.readouterr().err.split())
    assert "are new, such as generators.image.modulate" in said


def test_nothing_fits(published: Path, tmp_path: Path) -> None:
    recipe = load_recipe("tiny-dense", **{"train.samples": 32})
    with pytest.raises(UsageError, match="nothing of"):
        train(recipe, tmp_path / "run", cpu=True, init_from=f"dir:{published}")
    assert not (tmp_path / "run").exists()


def test_going_on_has_weights_already(run: Path, published: Path) -> None:
    with pytest.raises(UsageError, match="leave out --init-from"):
        train(
            load_recipe("digits", **SMALL), run, cpu=True, resume=True, init_from=f"dir:{published}"
        )
