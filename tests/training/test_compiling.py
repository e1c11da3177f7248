"""Compiled phases: the same training up to rounding, few graphs, and what is said where none is."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from mmgan_core import load_recipe
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.data.feed import open_feed
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.checkpoint import checkpoints, load_checkpoint
from mmgan_core.training import compiling
from mmgan_core.training.networks import Networks
from mmgan_core.training.processes import Processes
from mmgan_core.training.run import train
from mmgan_core.training.trainer import Trainer
from mmgan_objectives.feature_matching import FeatureMatching
from mmgan_objectives.relativistic import Relativistic

RECIPE = """
data: core/digits
given: {label: {encoder: {use: core/label-embedding, dim: 8}}}
fusion: {use: core/concatenation, dim: 8}
make:
  image:
    modality: {channels: 1, height: 8, width: 8}
    generator: {use: image/dcgan, width: 4, noise_dim: 4}
    discriminator: {use: image/dcgan, width: 4, normalise: false}
    loss: objectives/relativistic
    matching_aware: 0.5
    augment: {use: image/diffaugment, policy: [translation], 
              probability: {from: 0.2, to: 0.9, over: 32}}
    penalties:
      - {use: objectives/r1, weight: {from: 2, to: 0.5, over: 40, shape: linear}, every: 2}
      - {use: objectives/r2, weight: {from: 2, to: 0.5, over: 40}, every: 2}
    auxiliary_losses: [{use: objectives/feature-matching, weight: {from: 1, to: 2, over: 24}}]
train:
  samples: 48
  batch_size: 8
  learning_rate: {from: 1.0e-2, to: 1.0e-3, over: 48}
  checkpoint_every: 24
  ema: {half_life: 16}
"""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The compiler follows everything, and generates no code."""
    monkeypatch.setattr(compiling, "BACKEND", "aot_eager")
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    yield
    torch._dynamo.reset()


@pytest.fixture
def recipe(tmp_path: Path) -> Callable[..., Recipe]:
    def load(**changes: Any) -> Recipe:
        file = tmp_path / "small.yaml"
        file.write_text(RECIPE)
        dotted = {key.replace("__", "."): value for key, value in changes.items()}
        return load_recipe(str(file), **dotted)

    return load


def trained(recipe: Recipe, steps: int = 4) -> Trainer:
    with torch.random.fork_rng(devices=[]):
        blueprint, source = open_recipe(recipe)
        networks = Networks(blueprint)
        feed = open_feed(blueprint, networks.gan, source, "train")
        trainer = Trainer(blueprint, networks, feed, Processes(cpu=True))
        for _ in range(steps):
            trainer.train_step()
    return trainer


def apart(one: Trainer, other: Trainer) -> float:
    # A relativistic loss does not know what is added to all logits: rounding alone moves that.
    weights = {n: w for n, w in one.networks.named_parameters() if not n.endswith("head.bias")}
    others = dict(other.networks.named_parameters())
    return max(
        float((weight - others[name]).detach().abs().max())
        for name, weight in weights.items()
        if weight.numel()
    )


def graphs() -> int:
    return int(torch._dynamo.utils.counters["stats"]["unique_graphs"])


def test_it_trains_as_without_up_to_rounding(
    recipe: Callable[..., Recipe], capsys: pytest.CaptureFixture[str]
) -> None:
    plain, compiled = trained(recipe()), trained(recipe(train__compile=True))
    assert apart(plain, compiled) < 1e-4, "of weights that have moved by about 0.05"
    before, after = plain.metrics(), compiled.metrics()
    assert before == pytest.approx(after, abs=1e-4)
    # With and without penalties, and the generator's.
    assert graphs() == 3
    assert not torch._dynamo.utils.counters["graph_break"]
    assert "train.compile" not in capsys.readouterr().err


def test_another_stage_is_another_graph(recipe: Callable[..., Recipe]) -> None:
    changes: dict[str, Any] = {"make__image__adversarial_start": 16}
    plain = trained(recipe(**changes))
    compiled = trained(recipe(**changes, train__compile=True))
    assert apart(plain, compiled) < 1e-4
    assert graphs() == 4


def test_it_goes_on_bit_for_bit(recipe: Callable[..., Recipe], tmp_path: Path) -> None:
    train(recipe(train__compile=True), tmp_path / "whole", cpu=True)
    for samples, resume in ((24, False), (48, True)):
        one = recipe(train__compile=True, train__samples=samples)
        train(one, tmp_path / "parts", cpu=True, resume=resume)
    whole, parts = (
        load_checkpoint(checkpoints(tmp_path / name)[-1]) for name in ("whole", "parts")
    )
    assert whole[1] == parts[1]
    for file, tensors in whole[0].items():
        assert all(torch.equal(one, parts[0][file][name]) for name, one in tensors.items())


def test_what_cannot_be_compiled_is_said_once_and_trained_without(
    recipe: Callable[..., Recipe],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    forward = FeatureMatching.forward

    def waiting(self: FeatureMatching, step: Any) -> Tensor:
        value = forward(self, step)
        return value * (1.0 if float(value.detach()) >= 0 else 0.0)

    monkeypatch.setattr(FeatureMatching, "forward", waiting)
    plain, compiled = trained(recipe(), 3), trained(recipe(train__compile=True), 3)
    assert apart(plain, compiled) < 1e-4
    said = " ".join(capsys.readouterr().err.split())
    assert said.count("train.compile: the generator phase cannot be compiled: ") == 1
    assert "the discriminator phase" not in said, "which is compiled all the same"


def test_a_broken_part_is_blamed_as_without(
    recipe: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Relativistic, real: Any, fake: Any) -> Tensor:
        raise ZeroDivisionError("of this part")

    monkeypatch.setattr(Relativistic, "generator", broken)
    with pytest.raises(ZeroDivisionError, match="of this part"):
        trained(recipe(train__compile=True), 1)


def test_a_graph_for_one_step_alone_is_not_made(
    recipe: Callable[..., Recipe], capsys: pytest.CaptureFixture[str]
) -> None:
    shift = {"from": 0.1, "to": 0.2, "over": 80}
    trained(recipe(**{"train.compile": True, "make.image.augment.shift": shift}), 1)
    said = " ".join(capsys.readouterr().err.split())
    assert "cannot be compiled: make.image.augment.0.shift changes during training" in said
    assert graphs() == 0


def test_a_schedule_of_the_optimiser_is_no_hindrance(recipe: Callable[..., Recipe]) -> None:
    betas = {"use": "core/adam", "betas": [0.0, {"from": 0.9, "to": 0.99, "over": 80}]}
    trained(recipe(train__optimizer=betas, train__compile=True), 1)
    assert graphs() == 2
