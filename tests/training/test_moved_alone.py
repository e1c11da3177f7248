"""What compares or reads several made entries cannot follow each where it was moved alone."""

from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import Tensor

from mmgan_core.assembly import blueprint
from mmgan_core.assembly.moved_maps import first_that_moves
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.components.joint_discriminator import DenseJoint
from mmgan_core.contracts import Augmentation
from mmgan_core.data.feed import open_splits
from mmgan_core.errors import RecipeError
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.phases import Networks
from mmgan_core.training.processes import Processes
from mmgan_core.training.trainer import Trainer

PIXELS = {"use": "image/image", "channels": 1, "height": 8, "width": 8}
FOLLOWING = {"use": "image/spade", "width": 4, "inner": 4}
FLIP = {"use": "image/geometry", "policy": ["flip"]}
COLOUR = {"use": "image/diffaugment", "policy": ["colour"]}
ENTRIES = ("a", "b")


def two(
    moved: dict[str, object],
    *,
    cycle: bool = False,
    joint: bool = False,
    generator: object = FOLLOWING,
    encoder: object = "image/pixels",
) -> Recipe:
    """Each of two pictures is made of the other; both are the same picture of the data."""
    seen = {"modality": PIXELS, "column": "image", "encoder": encoder}
    make: dict[str, Any] = {
        name: {
            "modality": PIXELS,
            "column": "image",
            "given": [f"given_{other}"],
            "generator": generator,
            "discriminator": "core/dense",
            "loss": "objectives/hinge",
            "data_augment": [moved[name]] if name in moved else [],
        }
        for name, other in (ENTRIES, ENTRIES[::-1])
    }
    if cycle:
        make["a"]["auxiliary_losses"] = [
            {"use": "objectives/cycle", "back": "b", "given": "given_a"}
        ]
    plain: dict[str, Any] = {
        "data": "core/digits",
        "given": {f"given_{name}": seen for name in ENTRIES},
        "fusion": {"use": "core/concatenation", "drop": 0, "drop_all": 0},
        "make": make,
        "train": {"samples": 64, "batch_size": 16},
    }
    if joint:
        chosen = {"of": list(ENTRIES), "discriminator": "core/joint", "loss": "objectives/hinge"}
        plain["joint"] = {"both": chosen}
    return Recipe.model_validate(deepcopy(plain))


def built(recipe: Recipe) -> None:
    open_recipe(recipe)[0].build()


def copying(recipe: Recipe) -> Trainer:
    """A trainer whose generators copy the picture that they follow."""
    drawn, _ = open_recipe(recipe)
    networks = Networks(drawn)

    def copy(noise: Tensor, condition: Any) -> Tensor:
        pictures, present = condition.maps[:, ::2], condition.maps[:, 1::2]
        return (pictures * present).sum(1, keepdim=True) + 0 * noise.sum()

    for name in ENTRIES:
        networks.gan.generators[name].forward = copy
    return Trainer(drawn, networks, open_splits(drawn, networks.gan)[1], Processes(cpu=True))


def cost(recipe: Recipe) -> float:
    """What the cycle costs generators that make perfect copies."""
    trainer = copying(recipe)
    noise = {name: torch.zeros(16, 64) for name in ENTRIES}
    torch.manual_seed(0)
    _, metrics = trainer.phases.generator(trainer.batch(1, 0), noise, step=0, samples=0)
    return float(metrics["a/auxiliary"])


@pytest.mark.parametrize("moved", [{"b": FLIP}, {"a": FLIP}, {"a": FLIP, "b": FLIP}])
def test_a_cycle_whose_way_would_not_end_where_it_began_is_refused(
    moved: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = "b" if "b" in moved else "a"
    with pytest.raises(RecipeError) as told:
        built(two(moved, cycle=True))
    assert str(told.value) == (
        f"make.a.auxiliary_losses.0: image/geometry (make.{entry}.data_augment) moves samples of "
        f"{entry} alone, so that none could come back to its place: leave it out"
    )
    assert cost(two({}, cycle=True)) < 1e-6
    monkeypatch.setattr(blueprint, "check_auxiliary_losses", lambda *_: None)
    assert cost(two(moved, cycle=True)) > 0.01, "perfect copies would be punished"


def windowed(**windows: int) -> Recipe:
    plain = two({}, cycle=True).plain()
    for name in ENTRIES:
        follows = {"use": "image/patch", "width": 4, "follow": True}
        plain["make"][name] |= {"discriminator": follows, "window": windows.get(name)}
    return Recipe.model_validate(plain)


@pytest.mark.parametrize("windows", [{"a": 4}, {"b": 4}, {"a": 4, "b": 8}])
def test_a_cycle_through_windows_at_other_places_is_refused(windows: dict[str, int]) -> None:
    with pytest.raises(RecipeError, match=r"another part|make\.b\.window cut at different places"):
        built(windowed(**windows))


@pytest.mark.parametrize("windows", [{"a": 4, "b": 4}, {"a": 8}])
def test_a_cycle_through_windows_at_one_place_ends_where_it_began(windows: dict[str, int]) -> None:
    assert cost(windowed(**windows)) < 1e-6


def test_cycles_accept_what_moves_nothing_that_they_compare() -> None:
    built(two({"a": COLOUR, "b": COLOUR}, cycle=True))
    pooled = {
        "generator": {"use": "core/dense", "hidden": [8]},
        "encoder": {"use": "image/conv", "dim": 8, "width": 4},
    }
    built(two({"a": FLIP}, cycle=True, **pooled))
    with pytest.raises(RecipeError, match="moves samples of b alone"):
        built(two({"b": FLIP}, cycle=True, **pooled))


def test_a_joint_discriminator_that_follows_maps_is_refused_where_an_entry_is_moved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built(two({"b": FLIP}, joint=True))  # it reads vectors alone
    monkeypatch.setattr(DenseJoint, "reads", frozenset({"pooled", "maps"}))
    built(two({"b": COLOUR}, joint=True))
    with pytest.raises(RecipeError) as told:
        built(two({"b": FLIP}, joint=True))
    assert str(told.value).startswith(
        "joint.both.discriminator: it follows the maps of what is given, but image/geometry "
        "(make.b.data_augment.0) moves b away from them"
    )
    assert "make.b.data_augment" in str(told.value.hint)


def test_what_a_joint_discriminator_would_see_does_not_fit_its_maps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(DenseJoint, "reads", frozenset({"pooled", "maps"}))
    monkeypatch.setattr(blueprint, "refuse_moved_jointly", lambda *_: None)
    for moved, fits in (({}, True), ({"b": FLIP}, False)):
        trainer = copying(two(moved, joint=True))
        seen: list[tuple[dict[str, Tensor], Any]] = []
        joint = trainer.gan.discriminators["both"]
        joint.register_forward_pre_hook(lambda _, inputs, seen=seen: seen.append(inputs))
        trainer.train_step()
        for samples, condition in seen:
            assert torch.equal(samples["a"], condition.maps[:, :1])
            assert torch.equal(samples["b"], condition.maps[:, :1]) == fits


def test_looking_for_what_moves_draws_no_random_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where an augmentation draws some when it is built."""
    drawn, _ = open_recipe(two({"a": FLIP}))
    build = blueprint.Blueprint.data_augmentations

    def drawing(self: blueprint.Blueprint, name: str) -> list[Augmentation]:
        torch.rand(3)
        return build(self, name)

    monkeypatch.setattr(blueprint.Blueprint, "data_augmentations", drawing)
    before = torch.get_rng_state()
    assert first_that_moves(drawn, "a")
    assert torch.equal(before, torch.get_rng_state())


def test_data_augmentations_leave_initial_weights_as_they_were() -> None:
    plain, coloured = (
        open_recipe(two(moved, cycle=True))[0].build() for moved in ({}, {"a": COLOUR, "b": COLOUR})
    )
    for key, tensor in plain.state_dict().items():
        assert torch.equal(tensor, coloured.state_dict()[key]), key
