"""A discriminator that reads the condition off a sample, and what trains it to."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mmgan_core import load_recipe
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.errors import RecipeError
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.auxiliary_classifier import TEMPERATURE, reading_loss
from mmgan_core.training.run import train

READS = {"use": "image/dcgan", "width": 8, "normalise": False, "conditioning": "auxiliary"}


def built(recipe: Recipe) -> None:
    open_recipe(recipe)[0].build()


def test_it_is_cross_entropy_against_the_conditions_of_the_batch() -> None:
    condition, reading = torch.eye(3), torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 1, 0]])
    own = torch.log_softmax(torch.tensor([1.0, 0, 0]) / TEMPERATURE, 0)
    expected = -(2 * own[0] + own[1]) / 3
    found = reading_loss(reading, condition, torch.arange(3))
    torch.testing.assert_close(found, expected)


def test_equal_conditions_and_equal_meanings_are_correct_too() -> None:
    condition = torch.tensor([[1.0, 0], [1.0, 0], [0, 1.0]])
    alike = reading_loss(condition, condition, torch.arange(3))
    row = torch.log_softmax(torch.tensor([1.0, 1, 0]) / TEMPERATURE, 0)[0]
    last = torch.log_softmax(torch.tensor([0.0, 0, 1]) / TEMPERATURE, 0)[2]
    torch.testing.assert_close(alike, -(2 * row + last) / 3)
    condition = torch.eye(2)
    meant = reading_loss(condition, condition, torch.tensor([7, 7]))
    pair = torch.log_softmax(torch.tensor([1.0, 0]) / TEMPERATURE, 0)
    torch.testing.assert_close(meant, -pair.mean())


def test_lengths_make_no_difference() -> None:
    reading, condition = torch.randn(5, 4), torch.randn(5, 4)
    longer = reading_loss(9 * reading, 0.1 * condition, torch.arange(5))
    torch.testing.assert_close(reading_loss(reading, condition, torch.arange(5)), longer)


def test_it_trains_and_is_logged(small: Callable[..., Recipe], tmp_path: Path) -> None:
    recipe = load_recipe(
        "digits",
        **{
            "train.samples": 64,
            "train.batch_size": 16,
            "train.log_every": 16,
            "make.image.generator.width": 8,
            "make.image.discriminator": READS,
            "make.image.auxiliary_classifier": 0.5,
        },
    )
    run = train(recipe, tmp_path / "run")
    assert '"image/auxiliary_classifier"' in (run.path / "metrics.jsonl").read_text()


def test_an_auxiliary_classifier_that_is_not_trained_is_refused() -> None:
    with pytest.raises(RecipeError, match="would discriminate samples without their condition"):
        built(load_recipe("digits", **{"make.image.discriminator": READS}))


def test_a_discriminator_without_an_auxiliary_classifier_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"auxiliary_classifier: image/dcgan has no auxiliary"):
        built(load_recipe("digits", **{"make.image.auxiliary_classifier": 1.0}))
    with pytest.raises(RecipeError, match="auxiliary_classifier needs a condition"):
        load_recipe("digits-unconditional", **{"make.image.auxiliary_classifier": 1.0})
