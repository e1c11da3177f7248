"""Likelihood first, then the adversary too, while weights and options anneal."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file
from torch import Tensor

from mmgan_core.assembly.opening import open_recipe
from mmgan_core.contracts import Condition
from mmgan_core.data.feed import open_feed
from mmgan_core.errors import RecipeError
from mmgan_core.publishing.export import export
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.checkpoint import checkpoints
from mmgan_core.runs.run_directory import read_metrics
from mmgan_core.training.phases import Networks
from mmgan_core.training.processes import Processes
from mmgan_core.training.run import train
from mmgan_core.training.trainer import Trainer
from mmgan_core.zoo.loading import load

RECIPE = """
data: core/digits
given: {label: {encoder: {use: core/label-embedding, dim: 4}}}
fusion: {use: core/product-of-experts, dim: 4, drop: {from: 0.8, to: 0.0, over: 64, shape: linear}}
make:
  image:
    modality: {channels: 1, height: 8, width: 8}
    generator:
      use: core/gaussian
      hidden: [8]
      smallest: {from: 0.5, to: 0.1, over: 64, shape: linear}
    discriminator: {use: core/dense, hidden: [8]}
    loss: objectives/hinge
    augment: {use: objectives/instance-noise, sigma: {from: 0.4, to: 0.0, over: 64, shape: linear}}
    auxiliary_losses:
      - {use: objectives/likelihood, weight: {from: 1.0, to: 0.0, over: 64, shape: linear}}
    adversarial_start: 32
train: {samples: 96, batch_size: 16, log_every: 16, checkpoint_every: 48, sample_every: 1000}
"""


def recipe(**train: Any) -> Recipe:
    raw = yaml.safe_load(RECIPE)
    raw["train"] |= train
    return Recipe.model_validate({"name": "first", **raw})


@pytest.fixture
def trainer() -> Trainer:
    blueprint, source = open_recipe(recipe())
    networks = Networks(blueprint)
    feed = open_feed(blueprint, networks.gan, source, "train")
    return Trainer(blueprint, networks, feed, Processes(cpu=True))


def nats_by_hand(trainer: Trainer, real: Tensor, condition: Condition, smallest: float) -> Tensor:
    """Of each number of the pictures, which lie from -1 to 1, under the Gaussian."""
    layers: Any = trainer.gan.generator("image").layers
    raw = layers(torch.cat([torch.ones(len(real), 1), condition.pooled], dim=1))
    mean = -1 + 2 / (1 + (-raw[:, :64]).exp())
    deviation = 2 * (smallest + (1 - smallest) / (1 + (-raw[:, 64:]).exp()))
    z = (real.flatten(1) - mean) / deviation
    return (z.square() / 2 + deviation.log() + 0.5 * math.log(2 * math.pi)).mean()


@pytest.mark.parametrize(
    # A quarter of the way, and three quarters; the adversary starts in the middle.
    ("samples", "weight", "smallest", "sigma", "drop"),
    [(16, 0.75, 0.4, 0.3, 0.6), (48, 0.25, 0.2, 0.1, 0.2)],
)
def test_the_loss_at_two_times(
    trainer: Trainer, samples: int, weight: float, smallest: float, sigma: float, drop: float
) -> None:
    trainer.samples = samples
    trainer.clock.set(samples)
    fusion: Any = trainer.gan.fusion
    noisy: Any = trainer.networks.augmentations["image"]
    assert fusion.options.drop == pytest.approx(drop)
    assert noisy.augmentations[0].options.sigma == pytest.approx(sigma)

    seen: list[tuple[Tensor, Condition]] = []
    critic = trainer.gan.discriminator("image")
    critic.register_forward_hook(lambda _, inputs, out: seen.append((inputs, out)))  # type: ignore
    conditions: list[Condition] = []
    trainer.gan.fusion.register_forward_hook(  # type: ignore[union-attr]
        lambda _, inputs, out: conditions.append(out)
    )
    batch, noise = trainer.batch(1, samples), trainer._noise()
    torch.manual_seed(1)
    loss, metrics = trainer.phases.generator(batch, noise, step=0, samples=samples)

    nats = nats_by_hand(trainer, batch.real["image"], conditions[-1], smallest)
    assert metrics["image/auxiliary"].item() == pytest.approx(weight * nats.item(), rel=1e-5)
    if samples < 32:
        assert not seen
        assert "image/g" not in metrics
        assert loss.item() == pytest.approx(weight * nats.item(), rel=1e-5)
    else:
        ((_, critique),) = seen
        adversarial = -critique.logits.mean().item()  # type: ignore[attr-defined]
        assert metrics["image/g"].item() == pytest.approx(adversarial, rel=1e-5)
        expected = adversarial + weight * nats.item()
        assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_a_step_sets_the_time_before_it_and_after_it(trainer: Trainer) -> None:
    noisy: Any = trainer.networks.augmentations["image"]
    options, found = noisy.augmentations[0].options, []
    before = trainer.phases.generator

    def noting(*args: Any, **named: Any) -> Any:
        found.append(options.sigma)
        return before(*args, **named)

    trainer.phases.generator = noting  # type: ignore[method-assign]
    for _ in range(5):
        trainer.train_step()
        found.append(options.sigma)
    assert found == pytest.approx([0.4, 0.3, 0.3, 0.2, 0.2, 0.1, 0.1, 0, 0, 0])


def test_it_learns_resumes_and_is_used_at_its_last_time(tmp_path: Path) -> None:
    train(recipe(), tmp_path / "whole", cpu=True)
    rows = read_metrics(tmp_path / "whole")
    assert ["image/g" in row for row in rows] == [False, False, True, True, True, True]
    assert rows[1]["image/auxiliary"] / 0.75 < rows[0]["image/auxiliary"]

    train(recipe(samples=48), tmp_path / "parts", cpu=True)
    train(recipe(), tmp_path / "parts", resume=True, cpu=True)
    for name in ("weights", "ema", "generator_optimizer", "discriminator_optimizer"):
        one, other = (
            load_file(checkpoints(tmp_path / run)[-1] / f"{name}.safetensors")
            for run in ("whole", "parts")
        )
        assert all(torch.equal(one[key], other[key]) for key in one)

    train(recipe(samples=48), tmp_path / "half", cpu=True)
    for run, smallest in (("half", 0.2), ("whole", 0.1)):
        model = load(f"run:{tmp_path / run}")
        generator: Any = model.gan.generator("image")
        assert generator.options.smallest == pytest.approx(smallest)
        resolved = yaml.safe_load((tmp_path / run / "resolved.yaml").read_text())
        wanted = {"from": 0.5, "to": 0.1, "over": 64, "shape": "linear"}
        assert resolved["make"]["image"]["generator"]["smallest"] == wanted
        assert model.generate(label="three", seed=0).tensors["image"].isfinite().all()

    made = load(f"run:{tmp_path / 'whole'}").generate(label="three", seed=0).tensors["image"]
    export(tmp_path / "whole", tmp_path / "model")
    model = load(f"dir:{tmp_path / 'model'}")
    published: Any = model.gan.generator("image")
    assert published.options.smallest == pytest.approx(0.1)
    assert torch.equal(model.generate(label="three", seed=0).tensors["image"], made)
    resolved = yaml.safe_load((tmp_path / "model" / "recipe.yaml").read_text())
    assert resolved["make"]["image"]["generator"]["smallest"] == wanted


def test_a_finished_run_can_be_resumed(tmp_path: Path) -> None:
    for _ in range(2):
        run = train(recipe(samples=16), tmp_path / "run", resume=True, cpu=True)
    assert run.outcome == "finished"


def test_a_generator_that_knows_no_likelihood_is_refused() -> None:
    raw = recipe().as_given
    made: Any = raw["make"]
    made["image"]["generator"] = {"use": "core/dense"}
    message = (
        r"make\.image\.auxiliary_losses\.0: objectives/likelihood needs to know how likely a "
        r"sample is, which core/dense does not\n  generators that do: core/gaussian$"
    )
    with pytest.raises(RecipeError, match=message):
        open_recipe(Recipe.model_validate(raw))


def test_before_the_adversary_no_samples_are_made(trainer: Trainer) -> None:
    made: list[int] = []
    trainer.gan.generators["image"].register_forward_hook(lambda *_: made.append(1))
    for samples, count in ((16, 0), (48, 1)):
        trainer.clock.set(samples)
        trainer.phases.generator(
            trainer.batch(1, samples), trainer._noise(), step=0, samples=samples
        )
        assert len(made) == count
