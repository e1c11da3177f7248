"""Augmentations: the rows they change, adaptive probabilities, and their parameters."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from mmgan_core import load_recipe
from mmgan_core.assembly.opening import open_recipe, open_source
from mmgan_core.assembly.parts import AugmentPart
from mmgan_core.contracts import Augmentation, Change, Condition, Critique, SampleSpace
from mmgan_core.data.feed import open_feed
from mmgan_core.errors import RecipeError
from mmgan_core.options import Options
from mmgan_core.recipe.schema import Adaptive, Recipe
from mmgan_core.training.augmenting import Augmenting
from mmgan_core.training.phases import Networks, Phases
from mmgan_core.training.run import train

SPACE = SampleSpace("number", (3,))


class Doubled(Augmentation):
    num_augmentation_parameters = 1

    def sample(self, like: Tensor) -> Change:
        return Change(lambda sample: 2 * sample, augmentation_parameters=torch.ones(len(like), 1))


class Swapped(Augmentation):
    """A mixing change that keeps a quarter."""

    def sample(self, like: Tensor) -> Change:
        rows = torch.arange(len(like)).flip(0)
        return Change(
            lambda x: 0.25 * x + 0.75 * x[rows].detach(),
            rows=rows,
            share=torch.full((len(like),), 0.25),
        )


def augmenting(
    *augmentations: type[Augmentation],
    probability: float = 1.0,
    adaptive: Adaptive | None = None,
    condition_discriminator: bool = False,
    relative: bool = False,
) -> Augmenting:
    part: Any = None
    parts = [
        AugmentPart(part, probability, adaptive, condition_discriminator) for _ in augmentations
    ]
    return Augmenting([cls(Options(), SPACE) for cls in augmentations], parts, relative)


def said(*logits: float) -> Critique:
    return Critique(torch.tensor(logits))


def test_the_probability_is_that_of_changing_a_row() -> None:
    torch.manual_seed(0)
    changes = augmenting(Doubled, probability=0.3).sample(torch.ones(4_000, 3), 0)
    changed = changes.sample(torch.ones(4_000, 3))
    assert set(changed.unique().tolist()) == {1.0, 2.0}
    assert (changed[:, 0] == changed[:, 2]).all(), "a row is changed as a whole"
    assert (changed[:, 0] == 2).float().mean().item() == pytest.approx(0.3, abs=0.03)


def test_probabilities_0_and_1_are_exact() -> None:
    samples = torch.randn(50, 3)
    assert torch.equal(augmenting(Doubled).sample(samples, 0).sample(samples), 2 * samples)
    never = augmenting(Doubled, probability=0.0)
    assert torch.equal(never.sample(samples, 0).sample(samples), samples)


def test_a_sampled_change_is_the_same_twice() -> None:
    changes = augmenting(Doubled, probability=0.5).sample(torch.ones(99, 3), 0)
    assert torch.equal(changes.sample(torch.ones(99, 3)), changes.sample(torch.ones(99, 3)))


def test_a_discriminator_is_conditioned_on_the_changes_of_each_row() -> None:
    torch.manual_seed(0)
    samples = torch.ones(64, 3)
    changes = augmenting(Doubled, Doubled, probability=0.5, condition_discriminator=True).sample(
        samples, 0
    )
    pooled = changes.condition(Condition(torch.zeros(64, 2))).pooled
    assert pooled.shape == (64, 4)
    assert torch.equal(changes.sample(samples)[:, 0], 2 ** pooled[:, 2:].sum(1))


def test_conditions_are_mixed_as_samples_are_but_not_for_penalties() -> None:
    samples, condition = torch.randn(6, 3), Condition(torch.randn(6, 2))
    changes = augmenting(Swapped).sample(samples, 0)
    torch.testing.assert_close(
        changes.condition(condition).pooled,
        0.25 * condition.pooled + 0.75 * condition.pooled.flip(0),
    )
    unmixed = changes.unmixed()
    assert torch.equal(unmixed.sample(samples), samples)
    torch.testing.assert_close(unmixed.condition(condition).pooled, condition.pooled)


def test_a_row_that_mixing_misses_keeps_its_condition() -> None:
    torch.manual_seed(0)
    samples, condition = torch.randn(40, 3), Condition(torch.randn(40, 2))
    changes = augmenting(Swapped, probability=0.5).sample(samples, 0)
    missed = (changes.sample(samples) == samples).all(1)
    assert 0 < missed.sum() < 40
    mixed = changes.condition(condition).pooled
    torch.testing.assert_close(mixed[missed], condition.pooled[missed])
    assert ((mixed - condition.pooled).abs().sum(1) > 0)[~missed].all()


def test_adaptive_probabilities_follow_the_paper() -> None:
    """p moves by 4 B / over every fourth step, up where the mean sign is over its target."""
    rule = Adaptive(target=0.6, most=0.03, over=1_000)
    made = augmenting(Doubled, adaptive=rule)
    sure, unsure = said(1.0, 2.0, 3.0), said(1.0, 2.0, -3.0)  # mean signs 1 and 1/3
    seen = []
    for answer in [sure] * 12 + [unsure] * 12:
        made.observe(answer, said(0.0, 0.0, 0.0))
        seen.append(round(made.probability.item(), 6))
    step = 4 * 3 / 1_000
    assert seen[2:12:4] == [0.0, step, 2 * step]
    assert seen[3:12:4] == [step, 2 * step, 0.03], "at most `most`"
    assert seen[15:24:4] == pytest.approx([0.03 - step, 0.03 - 2 * step, 0.0])


def test_a_relativistic_loss_uses_differences_of_logits() -> None:
    rule = Adaptive(over=1_000)
    made = augmenting(Doubled, adaptive=rule, relative=True)
    for _ in range(4):
        made.observe(said(-1.0, -1.0), said(-2.0, -2.0))
    assert made.probability.item() > 0
    made = augmenting(Doubled, adaptive=rule)
    for _ in range(4):
        made.observe(said(-1.0, -1.0), said(-2.0, -2.0))
    assert made.probability.item() == 0


def test_adaptive_probabilities_are_part_of_a_checkpoint(
    small: Callable[..., Recipe], tmp_path: Path
) -> None:
    adaptive = {"use": "image/diffaugment", "adaptive": {"target": -0.9, "over": 500}}
    recipe = small(make__image__augment=adaptive, train__samples=256)
    whole = train(recipe, tmp_path / "whole")
    halves = train(small(make__image__augment=adaptive), tmp_path / "halves")
    halves = train(recipe, halves.path, resume=True)
    name = "augmentations.image.probability"
    from mmgan_core.runs.checkpoint import checkpoints, load_checkpoint

    found = [load_checkpoint(checkpoints(run.path)[-1])[0]["weights"] for run in (whole, halves)]
    assert found[0][name].item() > 0
    for key, tensor in found[0].items():
        assert torch.equal(tensor, found[1][key]), key
    assert '"image/augment_probability"' in (whole.path / "metrics.jsonl").read_text()


def test_one_augmentation_or_several_or_none() -> None:
    two = ["image/diffaugment", {"use": "objectives/instance-noise"}]
    for given, count in ((None, 0), ("image/diffaugment", 1), ([], 0), (two, 2)):
        recipe = load_recipe("digits", **{"make.image.augment": given})
        assert len(recipe.make["image"].augment) == count


def test_contradictory_and_useless_settings_are_refused() -> None:
    both = {"use": "image/diffaugment", "adaptive": {}, "probability": 0.5}
    with pytest.raises(RecipeError, match="a probability or adaptive, not both"):
        load_recipe("digits", **{"make.image.augment": both})
    mute = {"use": "objectives/instance-noise", "condition_discriminator": True}
    recipe = load_recipe("digits", **{"make.image.augment": mute})
    with pytest.raises(
        RecipeError, match=r"augment\.0: objectives/instance-noise has no augmentation"
    ):
        Networks(open_recipe(recipe)[0])


def test_data_augmentation_changes_real_samples_in_both_phases(
    small: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some rows are mirrored, and so the discriminator sees them as real ones."""
    mirror = {"use": "image/geometry", "policy": ["flip"]}
    recipe = small(make__image__data_augment=mirror, make__image__augment=[])
    blueprint = open_recipe(recipe)[0]
    networks = Networks(blueprint)
    phases = Phases(blueprint, networks)
    source = open_source(recipe.data.model_dump())
    feed = open_feed(blueprint, networks.gan, source, "train")
    seen_by: list[Tensor] = []
    discriminate = networks.gan.discriminate
    networks.gan.discriminator("image").looks_first = False

    def listening(name: str, sample: Tensor, condition: Condition) -> Critique:
        seen_by.append(sample.detach())
        return discriminate(name, sample, condition)

    monkeypatch.setattr(networks.gan, "discriminate", listening)
    noise = {"image": torch.randn(16, networks.gan.generator("image").noise_dim)}
    for number, phase in enumerate((phases.discriminator, phases.generator)):
        seen_by.clear()
        batch = feed.batch(number, 0, 16, torch.device("cpu"))
        torch.manual_seed(0)
        phase(batch, noise, step=1, samples=16)
        real = batch.real["image"]
        seen = seen_by[0]  # both phases ask of real samples first
        mirrored = (seen - real.flip(3)).abs().flatten(1).amax(1) < 1e-4
        kept = (seen - real).abs().flatten(1).amax(1) < 1e-4
        assert (mirrored ^ kept).all()
        assert 0 < mirrored.sum() < 16


def test_data_augmentation_must_not_mix_rows(small: Callable[..., Recipe]) -> None:
    blueprint = open_recipe(small(make__image__data_augment="image/cutmix"))[0]
    with pytest.raises(
        RecipeError, match=r"make\.image\.data_augment\.0: image/cutmix mixes samples"
    ):
        Networks(blueprint)
