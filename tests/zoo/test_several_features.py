"""Features that meet in one recipe: maps without vectors, tokens, priors, matching, publishing."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from mmgan_core.assembly.assemble import make_blueprint
from mmgan_core.assembly.joined_maps import MOST, JoinedMaps
from mmgan_core.contracts import EncodingSpace
from mmgan_core.data.feed import Batch
from mmgan_core.errors import IntegrityError, RecipeError
from mmgan_core.evaluation.evaluate import evaluate
from mmgan_core.evaluation.evaluator import new_evaluator
from mmgan_core.evaluation.matching import Side, new_matcher
from mmgan_core.inference.model import Model
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.publishing.export import export
from mmgan_core.publishing.verify import verify
from mmgan_core.recipe.reading import check
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.fine_tuning import take_over
from mmgan_core.training.game import Game
from mmgan_core.training.networks import Networks
from mmgan_core.training.run import train
from mmgan_core.zoo.directory import ModelDirectory

PICTURE = {"use": "image/image", "channels": 1, "height": 8, "width": 8}
SEEN = {"column": "image", "modality": PICTURE, "encoder": "image/pixels"}
LABEL = {
    "modality": {"use": "core/label", "names": ["one", "two", "three"]},
    "encoder": {"use": "core/label-embedding", "dim": 4},
}
FOLLOWING = {"use": "image/unet", "width": 4, "follow": True}
BLIND = {"use": "image/dcgan", "width": 4, "normalise": False}


def recipe(given: dict[str, Any], image: dict[str, Any] | None = None, **changes: Any) -> Recipe:
    """A small recipe of pictures; a generator that follows maps if a picture is given."""
    follows = any(entry["encoder"] == "image/pixels" for entry in given.values())
    made = {
        "modality": PICTURE,
        "generator": FOLLOWING if follows else {"use": "image/dcgan", "width": 4, "noise_dim": 4},
        "discriminator": BLIND,
        "loss": "objectives/non-saturating",
    }
    raw = {
        "name": "small",
        "data": "core/digits",
        "given": given,
        "make": {"image": made | (image or {})},
        "train": {"samples": 16, "batch_size": 8},
    }
    return check(copy.deepcopy(raw | changes), "small")


def networks(of: Recipe) -> Networks:
    return Networks(make_blueprint(of, catalogue()))


def test_tokens_that_discriminators_alone_read_are_published_with_them(tmp_path: Path) -> None:
    label = {"label": {"encoder": LABEL["encoder"]}}
    train(recipe(label, {"discriminator": BLIND | {"attend": 8}}), tmp_path / "run", cpu=True)
    model = export(tmp_path / "run", tmp_path / "model", discriminator=True)
    assert model.check() == ""
    assert not any(
        name.startswith("tokens.") for name in load_file(model.path / "model.safetensors")
    )
    blueprint = model.blueprint()
    for with_them in (True, False):
        found = model.gan(blueprint, discriminators=with_them)
        assert (found.tokens is not None) == with_them
    for name in (f"dir:{model.path}", f"run:{tmp_path / 'run'}"):
        assert take_over(blueprint.build(), name).new == ()


@pytest.mark.parametrize(
    ("given", "image", "changes", "said"),
    [
        ({"seen": SEEN}, {}, {"prior": {}}, "prior: no given entry has a vector"),
        (
            {"seen": SEEN, "label": LABEL},
            {},
            {"align": "objectives/contrastive"},
            "align: it pulls vectors .* the encoder of seen makes none",
        ),
        (
            {"seen": SEEN, "label": LABEL},
            {"matcher": {"encoder": "image/conv", "given": "seen"}},
            {},
            r"make\.image\.matcher\.given: the encoder of seen makes no vector",
        ),
        (
            {"seen": SEEN},
            {"matching_aware": 1.0},
            {},
            r"make\.image\.matching_aware: no given entry is read by image/dcgan",
        ),
    ],
)
def test_what_needs_vectors_is_refused_before_training_where_there_are_none(
    given: dict[str, Any], image: dict[str, Any], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(RecipeError, match=said) as refusal:
        networks(recipe(given, image, **changes))
    assert refusal.value.hint


def test_networks_that_measure_by_vectors_refuse_encoders_without_them() -> None:
    made = make_blueprint(recipe({"seen": SEEN, "label": LABEL}), catalogue())
    seen, label, modality = made.given["seen"], made.given["label"], made.modalities["image"]
    with pytest.raises(RecipeError, match="image/pixels makes no vector"):
        new_evaluator(seen.encoder, modality, ("a", "b"))
    assert new_evaluator(seen.encoder, modality, ()).head is not None, "maps can be compared"
    sides = (
        Side(seen.encoder, modality, "image"),
        Side(label.encoder, made.modalities["label"], "label"),
    )
    with pytest.raises(RecipeError, match="image/pixels makes no vector"):
        new_matcher(*sides, 4)


@pytest.mark.parametrize("follows", [False, True])
def test_only_what_all_discriminators_see_is_given_wrongly(follows: bool) -> None:
    """Wrong maps beside a discriminator that sees vectors alone would call real samples wrong."""
    patch = {"use": "image/patch", "width": 4, "follow": True}
    of = recipe(
        {"seen": SEEN, "label": LABEL},
        {"matching_aware": 1.0, "discriminator": patch if follows else [patch, BLIND]},
        fusion={"use": "core/product-of-experts", "dim": 4, "drop": 0.0, "drop_all": 0.0},
    )
    blueprint = make_blueprint(of, catalogue())
    made = Networks(blueprint)
    torch.manual_seed(0)
    maps = torch.randint(256, (6, 1, 8, 8), dtype=torch.uint8)
    given = {
        "seen": {"prepared": maps},
        "label": made.gan.encoder("label").prepare(["one", "two", "three"] * 2),
    }
    batch = Batch(given, {"image": maps.float()}, torch.arange(6))
    conditions = Game(blueprint, made).conditions
    inputs = conditions.inputs(batch, {"image": torch.randn(6, 4)}, 0, 0)
    right, wrong = inputs.conditions["image"], conditions.mismatched(inputs)["image"]
    assert right.maps is not None
    assert wrong.maps is not None
    other_maps = (right.maps != wrong.maps).flatten(1).any(1)
    other_vector = (right.pooled != wrong.pooled).any(1)
    assert (other_maps | other_vector).all(), "each row has something wrong"
    assert bool(other_maps.any()) == follows


def test_maps_too_large_for_memory_are_refused() -> None:
    side = EncodingSpace(0, map_channels=3, map_shape=(8192, 8192))
    assert JoinedMaps({"one": side}).channels * 8192**2 == MOST
    with pytest.raises(RecipeError, match="the maps of one and two would be 536,870,912 numbers"):
        JoinedMaps({"one": side, "two": side})


def test_large_maps_are_made_from_in_small_batches() -> None:
    """512 x 512 and two channels are 2^19 numbers a row: 2^24 of them are 32 rows."""
    large = {**SEEN, "modality": {**PICTURE, "height": 512, "width": 512}}
    blueprint = make_blueprint(recipe({"seen": large}), catalogue())
    model = Model(blueprint, blueprint.build(discriminators=False), device=torch.device("cpu"))
    rows: list[int] = []

    def noting(noise: Any, *others: Any, **more: Any) -> Any:
        rows.append(len(noise["image"]))
        return {"image": torch.zeros(rows[-1], 1, 8, 8)}

    model.gan.make = noting  # type: ignore[method-assign, assignment]
    model.generate(count=40)
    assert rows == [32, 8]


def test_encoders_cannot_learn_with_a_discriminator_that_is_not_there() -> None:
    alone = {"discriminator": None, "loss": None, "auxiliary_losses": ["objectives/reconstruction"]}
    learning = {"samples": 16, "batch_size": 8, "encoders": "discriminator"}
    with pytest.raises(RecipeError, match=r"train\.encoders: encoders cannot learn"):
        recipe({"label": LABEL}, alone, train=learning)
    two = {"label": LABEL, "seen": SEEN | {"encoder": {"use": "image/conv", "dim": 4}}}
    assert recipe(two, alone, train=learning, align="objectives/contrastive")


def test_numbers_of_a_list_and_of_its_items_are_said() -> None:
    for image, said in (
        ({"given": ["label", "label"]}, "make.image.given names an entry twice"),
        ({"discriminator": [BLIND, BLIND | {"weight": "x"}]}, "weight: must be a valid number"),
    ):
        with pytest.raises(RecipeError, match=said) as refusal:
            recipe({"label": LABEL}, image)
        assert len(str(refusal.value).splitlines()) == 1
    joint = {"of": ["image"], "discriminator": "core/joint", "loss": "objectives/hinge"}
    with pytest.raises(RecipeError, match=r"joint\.pair\.of: must have at least 2 items"):
        recipe({"label": LABEL}, joint={"pair": joint})


def test_a_schedule_between_numbers_too_far_apart_is_refused() -> None:
    """Their difference is infinite, and nothing times infinity is no number."""
    far = {"from": -1e308, "to": 1e308, "over": 8}
    with pytest.raises(RecipeError, match=r"matching_aware\.to: .* are too far apart"):
        recipe({"label": LABEL}, {"matching_aware": far})
    of = recipe({"label": LABEL}, fusion={"use": "core/concatenation", "drop": far})
    with pytest.raises(RecipeError, match=r"fusion\.drop\.to: -1e\+308 and 1e\+308 are too far"):
        make_blueprint(of, catalogue())


@pytest.mark.parametrize("samples", [10**400, -1])
def test_a_model_cannot_say_that_it_was_trained_for_ever(
    model: Path, rehash: Callable[..., None], samples: int
) -> None:
    cost = json.loads((model / "model.json").read_text())["cost"]
    rehash(cost=cost | {"samples": samples})
    with pytest.raises(IntegrityError, match=r"cost\.samples"):
        ModelDirectory.open(model)


def test_an_entry_is_measured_for_what_it_is_conditioned_on_alone(tmp_path: Path) -> None:
    """Given the label, a generator that is given nothing would have the accuracy of chance."""
    dense = {
        "generator": {"use": "core/dense", "noise_dim": 2, "hidden": [8]},
        "discriminator": {"use": "core/dense", "hidden": [8]},
        "loss": "objectives/non-saturating",
        "modality": PICTURE,
        "column": "image",
        "evaluator": {
            "encoder": {"use": "image/conv", "dim": 4, "width": 4},
            "target": "label",
            "samples": 64,
        },
    }
    both = {"told": dense, "alone": dense | {"given": []}}
    of = recipe({"label": {"encoder": LABEL["encoder"]}}, make=both)
    train(of, tmp_path / "run", cpu=True)
    rows = evaluate(tmp_path / "run", count=8).rows
    found = {(row["entry"], row["given"]) for row in rows}
    assert found == {
        ("told", "nothing"),
        ("told", "label"),
        ("told", "label, shuffled"),
        ("alone", "nothing"),
    }


def test_the_number_of_a_proof_says_what_its_entry_was_given(tmp_path: Path) -> None:
    picture = {
        "discriminator": {"use": "core/dense", "hidden": [8]},
        "evaluator": {
            "encoder": {"use": "image/conv", "dim": 4, "width": 4},
            "target": "label",
            "samples": 64,
        },
        "given": [],
    }
    label = {
        "modality": "core/label",
        "column": "label",
        "generator": {"use": "core/dense", "noise_dim": 2, "hidden": [8]},
        "discriminator": {"use": "core/dense", "hidden": [8]},
        "loss": "objectives/non-saturating",
    }
    given = {"name": {"column": "label", **LABEL, "modality": "core/label"}}
    image = recipe({"label": LABEL}).plain()["make"]["image"] | picture
    train(recipe(given, make={"image": image, "label": label}), tmp_path / "run", cpu=True)
    model = export(tmp_path / "run", tmp_path / "model")
    measured = model.manifest.proof.measured
    assert measured is not None
    assert (measured.entry, measured.given) == ("image", "nothing")
    assert [finding.what for finding in verify(model.path)][-1] == "number"


def test_a_matcher_matches_what_its_entry_is_conditioned_on() -> None:
    other = recipe({"label": LABEL}).plain()["make"]["image"]
    alone = other | {"given": [], "matcher": {"encoder": "image/conv", "given": "label"}}
    with pytest.raises(RecipeError, match="alone is not conditioned on label"):
        recipe({"label": LABEL}, make={"alone": alone, "image": other})
