"""A spoken word that ends before its canvas, as a given value says: its silence teaches nothing.

The recipe makes a mel canvas of a given recording of the same word, whose length is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.contracts import Critique
from mmgan_core.data.feed import Batch, open_feed
from mmgan_core.errors import RecipeError
from mmgan_core.inference.model import Model
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.adversaries import in_float, metrics_of, negated
from mmgan_core.training.game import Game
from mmgan_core.training.generator_phase import GeneratorPhase, _detached
from mmgan_core.training.networks import Networks
from mmgan_core.training.phases import Phases

MEL = {"use": "audio/log-mel", "rate": 8000, "seconds": 0.8, "bands": 16, "griffin_lim_steps": 2}


def recipe(places: str | None = "word", **make: object) -> Recipe:
    given: dict[str, Any] = {
        "modality": MEL,
        "column": "audio",
        "encoder": {"use": "audio/mel-conv", "dim": 8, "width": 8, "warp": 0, "mask": 0},
    }
    network = {"use": "audio/mel-canvas", "width": 4, "max_width": 8}
    made: dict[str, Any] = {
        "modality": MEL,
        "column": "audio",
        "generator": {**network, "noise_dim": 4, "style_dim": 8},
        "discriminator": network,
        "loss": "objectives/hinge",
        "penalties": [{"use": "objectives/r1", "weight": 1}],
        "auxiliary_losses": [
            "objectives/reconstruction",
            {"use": "objectives/feature-matching", "rows": True},
        ],
        "places": places,
        **make,
    }
    fusion = {"use": "core/concatenation", "drop": 0, "drop_all": 0}
    return Recipe.model_validate(
        {"data": "core/digits", "given": {"word": given}, "fusion": fusion, "make": {"audio": made}}
    )


@cache
def opened(places: str | None = "word") -> tuple[Blueprint, Batch]:
    blueprint, source = open_recipe(recipe(places))
    feed = open_feed(blueprint, blueprint.build(), source, "test")
    return blueprint, feed.batch(0, 0, 6, torch.device("cpu"))


def played(blueprint: Blueprint, batch: Batch) -> list[tuple[float, Mapping[str, float]]]:
    """The loss and the metrics of both phases."""
    networks = Networks(blueprint).train()
    phases, found = Phases(blueprint, networks), []
    for phase in (phases.discriminator, phases.generator):
        torch.manual_seed(1)
        noise = {"audio": torch.randn(len(batch.meaning), 4)}
        loss, metrics = phase(batch, noise, step=0, samples=0)
        found.append((loss.item(), {name: one.item() for name, one in metrics.items()}))
    return found


def loud(batch: Batch, by: float = 0.9) -> Batch:
    """The same batch with noise where the words have ended."""
    places = batch.given["word"].get("places", opened()[1].given["word"]["places"])
    chance = torch.rand(batch.real["audio"].shape, generator=torch.Generator().manual_seed(0))
    real = torch.where(places[:, None, None], batch.real["audio"], by * chance)
    return replace(batch, real={"audio": real})


def test_the_batch_knows_where_words_end() -> None:
    """0.8 s at 8 kHz with a hop of 64 are 100 frames; recordings are shorter than that."""
    _, batch = opened()
    places, mel = batch.given["word"]["places"], batch.real["audio"]
    assert places.shape == (6, 100)
    lengths = places.sum(1)
    assert torch.equal(places, torch.arange(100) < lengths[:, None])
    assert len(lengths.unique()) > 1
    assert (lengths < 100).any()
    # Beyond the last frame that a word reaches into, a window of 4 frames may still hear its end.
    silent = torch.arange(100) >= (lengths + 2)[:, None]
    assert (mel[:, 0].amax(1)[silent] == -1).all()
    assert "places" not in opened(None)[1].given["word"], "nobody asks, so nothing is decoded twice"


def test_what_padding_holds_changes_no_number_of_either_phase() -> None:
    blueprint, batch = opened()
    assert played(blueprint, batch) == played(blueprint, loud(batch))
    # Where the length is not known, silence is part of the sample.
    blueprint, batch = opened(None)
    for one, other in zip(played(blueprint, batch), played(blueprint, loud(batch)), strict=True):
        assert one[0] != other[0]


def test_a_generator_learns_nothing_from_padding() -> None:
    blueprint, batch = opened()
    networks = Networks(blueprint).train()
    slopes: list[Tensor] = []

    def watch(module: object, inputs: object, made: Tensor) -> None:
        made.register_hook(slopes.append)

    networks.gan.generator("audio").register_forward_hook(watch)
    for weight in networks.gan.generator("audio").parameters():
        weight.data += 0.1
    loss, _ = Phases(blueprint, networks).generator(
        batch, {"audio": torch.randn(6, 4)}, step=0, samples=0
    )
    loss.backward()
    places = batch.given["word"]["places"][:, None, None].expand(-1, 1, 16, -1)
    assert len(slopes) == 1
    assert not slopes[0][~places].any()
    assert slopes[0][places].abs().sum() > 0


def test_a_row_in_which_the_value_is_hidden_has_no_known_length() -> None:
    blueprint, batch = opened()
    gan = blueprint.build()
    encodings = gan.encode(batch.given)
    rows = torch.tensor([True, False, True, False, True, True])
    places = gan.conditions(encodings, {"word": rows}, like=rows)["audio"].places
    assert places is not None
    assert places.shape == (6, 1, 16, 100)
    assert places[~rows].all()
    assert torch.equal(places[rows][:, 0, 0], batch.given["word"]["places"][rows])
    assert gan.conditions({}, {}, like=rows)["audio"].places is None


def test_what_is_made_ends_where_the_given_word_does() -> None:
    blueprint, _ = opened()
    gan = blueprint.build(discriminators=False)
    for weight in gan.generator("audio").parameters():
        weight.data += 0.1
    model = Model(blueprint, gan, device=torch.device("cpu"))
    tone = (0.5 * torch.sin(torch.arange(3200) * 0.3)).numpy()  # 0.4 s, 50 frames
    made = model.generate(word=(tone, 8000), count=2)
    mel = made.tensors["audio"]
    assert (mel[..., 50:] == -1).all()
    assert (mel[..., :50] != -1).any()
    assert [len(wave.samples) for wave in made.audio] == [3200, 3200]
    free = model.generate(count=2)
    assert [len(wave.samples) for wave in free.audio] == [6400, 6400]
    assert not free.places
    assert set(made.places) == {"audio"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"places": "words"}, "there is no given entry 'words': did you mean 'word'"),
        ({"augment": [{"use": "objectives/mixup"}]}, "mixes samples, whose lengths differ"),
    ],
)
def test_places_that_cannot_be_are_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises((RecipeError, ValueError), match=said):
        open_recipe(recipe(**changes))[0].build()  # type: ignore[arg-type]


def test_a_given_entry_of_one_length_says_nothing() -> None:
    plain = recipe().plain()
    plain["given"]["label"] = {"encoder": {"use": "core/label-embedding"}}
    plain["make"]["audio"]["places"] = "label"
    with pytest.raises(RecipeError, match="whose values all have one length"):
        open_recipe(Recipe.model_validate(plain))[0].build()


def test_a_discriminator_that_does_not_ignore_padding_gets_no_slope_from_it_either() -> None:
    """As penalties and other losses see it: whatever sample they hand it, it ends."""
    dense = {"use": "core/dense", "hidden": [8]}
    blueprint, _ = open_recipe(recipe(discriminator=dense, auxiliary_losses=["objectives/info"]))
    batch, networks = opened()[1], Networks(blueprint)
    game = Game(blueprint, networks)
    inputs = game.conditions.inputs(batch, {"audio": torch.zeros(6, 4)}, 0, 0)
    condition = game.conditions.of("audio", inputs)
    changes = game.changes("audio", batch.real["audio"], condition, 0).unmixed()
    leaf = torch.rand(6, 1, 16, 100, requires_grad=True)
    told = changes.condition(condition)
    game.gan.discriminate("audio", changes.sample(leaf), told).logits.sum().backward()
    places = batch.given["word"]["places"][:, None, None].expand_as(leaf)
    assert leaf.grad is not None
    assert not leaf.grad[~places].any()
    assert leaf.grad[places].any()


def test_auxiliary_losses_see_samples_that_end() -> None:
    blueprint, batch = opened()
    game = Game(blueprint, Networks(blueprint))
    inputs = game.conditions.inputs(loud(batch), {"audio": torch.randn(6, 4)}, 0, 0)
    condition, fake = GeneratorPhase(game, inputs)._make("audio")
    assert condition.places is not None
    for sample in (fake, game.real("audio", inputs)):
        assert (sample[~condition.places] == -1).all()


def test_a_critique_keeps_its_places_on_its_way_to_a_loss() -> None:
    places, logits = torch.tensor([[True, False]]), torch.tensor([[1.0, 2.0]])
    critique = Critique(logits, (logits,), None, places, (places,))
    for same in (in_float(critique), negated(critique), _detached(critique)):
        assert same.places is places
        assert same.feature_places == (places,)
    real = Critique(torch.tensor([[2.0, 0.0]]), places=places)
    assert metrics_of("x", logits.sum(), real, critique)["x/discriminator_accuracy"].item() == 1


def pictures(**make: object) -> Recipe:
    """Digits in a frame that is twice as wide, made from themselves."""
    frame = {"use": "image/image", "channels": 1, "height": 8, "width": 16, "fit": "pad"}
    made: dict[str, Any] = {
        "modality": frame,
        "generator": {"use": "image/unet", "width": 4, "follow": True},
        "discriminator": {"use": "image/patch", "width": 4, "layers": 1, "follow": True},
        "loss": "objectives/relativistic",
        "penalties": ["objectives/r1"],
        "auxiliary_losses": ["objectives/reconstruction", "objectives/feature-matching"],
        "places": "word",
        **make,
    }
    given = {"modality": frame, "column": "image", "encoder": "image/pixels"}
    fusion = {"use": "core/concatenation", "drop": 0, "drop_all": 0}
    return Recipe.model_validate(
        {"data": "core/digits", "given": {"word": given}, "fusion": fusion, "make": {"image": made}}
    )


MOVES = {"use": "image/diffaugment", "policy": ["translation"]}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"data_augment": [MOVES]},
        {"augment": [MOVES, {"use": "image/colour"}]},
        {"matching_aware": 0.5},
        {"discriminator": {"use": "image/dcgan", "width": 4, "normalise": False}},
    ],
    ids=str,
)
def test_a_letterboxed_picture_is_learnt_without_its_frame(changes: dict[str, Any]) -> None:
    blueprint, source = open_recipe(pictures(**changes))
    feed = open_feed(blueprint, blueprint.build(), source, "test")
    batch, found = feed.batch(0, 0, 4, torch.device("cpu")), []
    places = batch.given["word"]["places"]
    assert places[:, :, 4:12].all()
    assert places.sum() == 4 * 8 * 8
    for hostile in (-1.0, 0.7):
        real = torch.where(places[:, None], batch.real["image"], hostile)
        phases = Phases(blueprint, Networks(blueprint).train())
        for phase in (phases.discriminator, phases.generator):
            torch.manual_seed(1)
            noise = {n: torch.randn(4, d) for n, d in phases.gan.noise_dims.items()}
            loss, _ = phase(replace(batch, real={"image": real}), noise, step=0, samples=0)
            found.append(loss.item())
    assert found[:2] == found[2:]
