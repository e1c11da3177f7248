"""A training is watched ten times, without changing what it learns."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
import torch

from mmgan_core import load_recipe
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.data.feed import open_splits
from mmgan_core.runs.run_directory import read_metrics
from mmgan_core.training.networks import Networks
from mmgan_core.training.processes import Processes
from mmgan_core.training.run import train
from mmgan_core.training.trainer import Trainer
from mmgan_core.training.watching import WATCHED, Watch

SMALL = """
data: core/digits
given: {label: {encoder: {use: core/label-embedding, dim: 8}}}
fusion: {use: core/concatenation, dim: 8}
make:
  image:
    modality: {channels: 1, height: 8, width: 8}
    generator: {use: core/dense, noise_dim: 4, hidden: [16]}
    discriminator: {use: core/dense, hidden: [16]}
    loss: objectives/relativistic
    augment: {use: image/geometry, policy: [rotation, flip]}
train: {samples: 320, batch_size: 16, log_every: 16, ema: {half_life: 100}}
"""


@pytest.fixture
def watched(tmp_path: Path) -> tuple[Trainer, Watch]:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL, "utf-8")
    blueprint, _ = open_recipe(load_recipe(str(file)))
    networks = Networks(blueprint)
    test, rows = open_splits(blueprint, networks.gan)
    trainer = Trainer(blueprint, networks, rows, Processes(cpu=True))
    return trainer, Watch(blueprint, trainer, test)


def test_it_is_due_once_in_each_tenth_of_a_training(watched: tuple[Trainer, Watch]) -> None:
    _, watch = watched
    lines = [0, *range(16, 336, 16)]
    due = [now for before, now in itertools.pairwise(lines) if watch.due(before, now)]
    assert due == [32, 64, 96, 128, 160, 192, 224, 256, 288, 320]


def test_it_measures_everything_and_changes_nothing(watched: tuple[Trainer, Watch]) -> None:
    trainer, watch = watched
    trainer.train_step()
    before = {name: one.clone() for name, one in trainer.networks.state_dict().items()}
    average = {name: one.clone() for name, one in trainer.ema.shadow.items()}
    torch.manual_seed(5)
    state = torch.get_rng_state()
    found = watch.measure()
    assert torch.equal(state, torch.get_rng_state())
    assert trainer.gan.training
    after = trainer.networks.state_dict()
    assert all(torch.equal(one, after[name]) for name, one in before.items())
    assert all(torch.equal(one, trainer.ema.shadow[name]) for name, one in average.items())
    # Whether D tells anything apart after one step is chance.
    missing = {f"image/{name}" for name in WATCHED} - found.keys()
    assert missing <= {"image/overfit"}
    assert watch.measure() == found


def test_lines_of_a_training_that_went_on_are_those_of_one_in_one_go(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL, "utf-8")
    whole = load_recipe(str(file), **{"train.checkpoint_every": 160})
    train(whole, tmp_path / "one", cpu=True)
    train(load_recipe(str(file), **{"train.checkpoint_every": 160}), tmp_path / "two", cpu=True)
    half = sorted((tmp_path / "two" / "checkpoints").iterdir())[0]
    assert half.name == "000000000160"
    for folder in sorted((tmp_path / "two" / "checkpoints").iterdir())[1:]:
        folder.rename(tmp_path / folder.name)
    train(whole, tmp_path / "two", resume=True, cpu=True)

    def lines(run: str) -> list[str]:
        rows = read_metrics(tmp_path / run)
        return [json.dumps({k: v for k, v in row.items() if k != "rate"}) for row in rows]

    assert lines("two") == lines("one")
    assert sum("movement" in line for line in lines("one")) == 10


def test_samples_of_windows_and_of_repaired_entries_are_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(
        SMALL.replace("    augment: {use: image/geometry, policy: [rotation, flip]}", "")
    )
    recipe = load_recipe(
        str(file),
        **{
            "make.image.repair": {},
            "make.image.generator": {"use": "image/unet", "width": 4},
            "train.samples": 32,
        },
    )
    train(recipe, tmp_path / "run", cpu=True)
    row = read_metrics(tmp_path / "run")[-1]
    assert "image/movement" in row
    assert "image/average_behind" not in row
