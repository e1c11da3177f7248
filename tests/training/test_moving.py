"""Samples and the maps of what is given move together: here each is given the picture itself."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import Tensor

from mmgan_core.assembly.moved_maps import refuse_unmoved
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.contracts import Augmentation, Change, kept_places
from mmgan_core.data.feed import open_splits
from mmgan_core.errors import RecipeError
from mmgan_core.options import Options
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.phases import Networks
from mmgan_core.training.preview import Preview
from mmgan_core.training.processes import Processes
from mmgan_core.training.trainer import Trainer

PIXELS: dict[str, Any] = {
    "modality": {"use": "image/image", "channels": 1, "height": 16, "width": 16},
    "column": "image",
    "encoder": "image/pixels",
}
FOLLOWING: dict[str, Any] = {
    "given": {"same": PIXELS},
    "align": None,
    "prior": None,
    "fusion": {"use": "core/concatenation", "drop": 0, "drop_all": 0},
    "make.image.generator": {"use": "image/spade", "width": 4, "inner": 4},
    "make.image.discriminator": {"use": "image/patch", "width": 4, "follow": True},
    "make.image.augment": [],
}
FLIP = {"use": "image/geometry", "policy": ["flip"]}
MOVE = {"use": "image/geometry", "policy": ["fraction", "flip"]}

Small = Callable[..., Recipe]


def following(small: Small, **changes: Any) -> Recipe:
    chosen = {key.replace("__", "."): value for key, value in changes.items()}
    dropped = {
        "make.image.generator.width": 4,
        "make.image.discriminator.width": 4,
    }
    # Dotted changes are written into what they change.
    return small(**deepcopy({**FOLLOWING, **dropped, **chosen}))


def pairs_seen(recipe: Recipe) -> list[tuple[Tensor, Tensor]]:
    """What the discriminator saw in a step: samples, and the picture that was given with each.

    The generator copies what it is given, so that real and made samples are both that picture.
    """
    blueprint, _ = open_recipe(recipe)
    networks = Networks(blueprint)
    feed = open_splits(blueprint, networks.gan)[1]
    seen: list[tuple[Tensor, Tensor]] = []

    def note(module: torch.nn.Module, inputs: tuple[Any, ...]) -> None:
        sample, condition = inputs
        seen.append((sample.detach().clone(), condition.maps[:, :1].detach().clone()))

    networks.gan.discriminators["image"].register_forward_pre_hook(note)
    generator: Any = networks.gan.generators["image"]
    generator.forward = lambda noise, condition: (
        condition.maps[:, :1] + 0 * generator.paint.weight.sum()
    )
    Trainer(blueprint, networks, feed, Processes(cpu=True)).train_step()
    return seen


def test_nothing_moves_by_itself(small: Small) -> None:
    seen = pairs_seen(following(small))
    assert len(seen) >= 3, "real and made samples in one phase, made ones in the other"
    assert all(torch.equal(sample, given) for sample, given in seen)


@pytest.mark.parametrize(
    "changes",
    [
        {"make__image__data_augment": [FLIP]},
        {"make__image__data_augment": [{**FLIP, "probability": 0.5}, MOVE]},
        {"make__image__augment": [MOVE]},
        {"make__image__augment": [{**MOVE, "probability": 0.5}]},
        {"make__image__data_augment": [FLIP], "make__image__augment": [MOVE]},
    ],
)
def test_a_real_sample_and_what_it_was_made_from_move_as_one(small: Small, changes: Any) -> None:
    seen = pairs_seen(following(small, **changes))
    plain = pairs_seen(following(small))
    assert not torch.allclose(seen[0][0], plain[0][0]), "some are moved"
    for sample, given in seen:
        torch.testing.assert_close(sample, given, atol=1e-4, rtol=0)


def test_the_generator_is_given_what_moved_with_the_sample(small: Small) -> None:
    """A reconstruction of a copy costs nothing, in whatever way both are moved."""
    recipe = following(
        small,
        make__image__data_augment=[MOVE],
        make__image__auxiliary_losses=["objectives/reconstruction"],
    )
    blueprint, _ = open_recipe(recipe)
    networks = Networks(blueprint)
    feed = open_splits(blueprint, networks.gan)[1]
    trainer = Trainer(blueprint, networks, feed, Processes(cpu=True))
    copy = lambda noise, condition: condition.maps[:, :1] + 0 * noise.sum()  # noqa: E731
    networks.gan.generators["image"].forward = copy
    _, metrics = trainer.phases.generator(
        trainer.batch(1, 0), {"image": torch.zeros(16, 64)}, step=0, samples=0
    )
    assert metrics["image/auxiliary"] < 1e-4


def test_maps_that_lie_elsewhere_cannot_move(small: Small) -> None:
    conv = {"given.same.encoder": {"use": "image/conv", "dim": 8, "width": 4}}
    recipe = following(small, make__image__data_augment=[FLIP], **conv)
    with pytest.raises(RecipeError, match=r"data_augment\.0: image/geometry moves") as found:
        open_recipe(recipe)[0].build()
    assert "given.same.encoder" in str(found.value)
    colour = {"use": "image/diffaugment", "policy": ["colour"]}
    for changes in (
        {"make__image__data_augment": [colour], **conv},
        {"make__image__augment": [FLIP], **conv},  # what the discriminator sees moves afterwards
    ):
        open_recipe(following(small, **changes))[0].build()


def test_sheets_show_a_followed_picture_as_the_networks_get_it(small: Small) -> None:
    coarse = {**PIXELS, "modality": {**PIXELS["modality"], "height": 2, "width": 2}}
    recipe = following(small, given={"same": coarse})
    blueprint, _ = open_recipe(recipe)
    networks = Networks(blueprint)
    feed = open_splits(blueprint, networks.gan)[1]
    heads = Preview(blueprint, networks.gan, feed)._heads(10)
    levels = [column[0].convert("L").getcolors() for column in heads]
    assert all(found and len(found) <= 4 for found in levels)


class Silent(Augmentation):
    """It does not say how it moves places."""

    def sample(self, like: Tensor) -> Callable[[Tensor], Tensor]:
        return lambda sample: sample.roll(1, 3)


class Still(Silent):
    def sample(self, like: Tensor) -> Change:
        return Change(lambda sample: -sample, move=kept_places)


def test_changes_that_do_not_say_how_they_move_places_are_refused(small: Small) -> None:
    blueprint, _ = open_recipe(following(small, make__image__augment=[FLIP]))
    (part,) = blueprint.make["image"].augment
    space = blueprint.modalities["image"].space
    with pytest.raises(RecipeError, match=r"augment\.0: image/geometry does not say how"):
        refuse_unmoved([part], [Silent(Options(), space)], {})
    refuse_unmoved([part], [Still(Options(), space)], {"given.same.encoder": "image/conv"})
