"""Options that are schedules: their values, how they are written, and what is refused."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from mmgan_core.assembly.assemble import make_blueprint
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.assembly.parts import Part
from mmgan_core.assembly.scheduled import Clock, scheduled_options
from mmgan_core.cli.schema_verb import recipe_schema
from mmgan_core.contracts.component import Component
from mmgan_core.errors import RecipeError
from mmgan_core.options import Options
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.recipe.schema import Recipe
from mmgan_core.spec import Spec
from mmgan_core.training.phases import Networks


class StirOptions(Options):
    """A few numbers, and other things."""

    strength: float = Field(0.1, ge=0, le=1)
    low: float = 0.0
    high: float | None = None
    count: int = Field(3, ge=1)
    wild: bool = False
    colour: str = "red"

    @model_validator(mode="after")
    def _in_order(self) -> StirOptions:
        if self.high is not None and self.low >= self.high:
            raise ValueError("low must be below high")
        return self


class Stir(nn.Module, Component):
    """It reads its strength when it works, and its count when it is built."""

    Options = StirOptions

    def __init__(self, options: StirOptions) -> None:
        super().__init__()
        self.options, self.size = options, options.count
        self.heard: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        return x * self.options.strength

    def at(self, samples: int) -> None:
        self.heard.append(samples)


def line(start: float, to: float, over: int = 100) -> dict[str, object]:
    return {"from": start, "to": to, "over": over, "shape": "linear"}


def stirred(clock: Clock | None, **given: object) -> Any:
    return scheduled_options(Stir, given, where="make.x.stir", clock=clock)


def test_a_scheduled_option_is_a_number_at_each_time() -> None:
    clock = Clock()
    options = stirred(clock, strength=line(0.0, 1.0), high={"from": 1, "to": 3, "over": 100})
    assert isinstance(options, StirOptions)
    found = []
    for samples in (0, 25, 50, 100, 1000):
        clock.set(samples)
        found.append((options.strength, options.high, options.low))
    # (1 - cos(pi / 4)) / 2 = 0.146447 of the way after a quarter of the time
    expected = [(0.0, 1.0, 0), (0.25, 1.292893, 0), (0.5, 2.0, 0), (1.0, 3.0, 0), (1.0, 3.0, 0)]
    assert found == [pytest.approx(row) for row in expected]
    assert type(options.strength) is float


def test_whole_numbers_are_rounded() -> None:
    clock = Clock()
    options = stirred(clock, count=line(1, 4, 10))
    found = []
    for samples in (0, 1, 2, 5, 9, 10):
        clock.set(samples)
        found.append(options.count)
    assert found == [1, 1, 2, 2, 4, 4]  # 1, 1.3, 1.6, 2.5 (to the even one), 3.7, 4
    assert all(type(count) is int for count in found)


def test_without_a_schedule_nothing_is_different() -> None:
    clock = Clock()
    options = stirred(clock, strength=0.5)
    assert type(options) is StirOptions
    assert not clock._numbers


def test_it_is_written_as_it_is_read() -> None:
    options = stirred(clock := Clock(), strength=line(0.0, 1.0))
    clock.set(50)
    plain = options.model_dump(mode="json")
    assert plain["strength"] == line(0.0, 1.0)
    assert json.loads(options.model_dump_json()) == plain
    again = stirred(Clock(), **plain)
    assert again.model_dump(mode="json") == plain
    part = Part(Spec("x/stir", "x:Stir", "stirs"), Stir, options, "make.x.stir", clock)
    assert part.plain() == {"use": "x/stir", **plain}


def test_copies_follow_the_same_clock_and_pickles_keep_the_time() -> None:
    options = stirred(clock := Clock(), strength=line(0.0, 1.0))
    twin = copy.deepcopy(options)
    clock.set(50)
    sent = pickle.loads(pickle.dumps(options))
    clock.set(75)
    assert (options.strength, twin.strength, sent.strength) == (0.75, 0.75, 0.5)
    assert sent.model_dump() == options.model_dump()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"strength": line(0.0, 1.5)}, "make.x.stir.strength: .*less than or equal to 1\n.*1.5"),
        ({"strength": line(-0.1, 1.0)}, "after 0 samples strength is -0.1"),
        ({"low": line(0.0, 2.0, 10), "high": 1.0}, "low must be below high\n  after 5 samples"),
        ({"low": line(0, 2, 20), "high": line(2, 0, 10)}, "after 10 samples low is 1, high is 0"),
        ({"strength": {"from": 0, "to": 1}}, "make.x.stir.strength.over: Field required"),
        ({"strength": {"to": 1, "over": 5}}, "make.x.stir.strength.from: Field required"),
        ({"strength": {**line(0, 1), "shap": "linear"}}, "make.x.stir.strength.shap"),
        ({"strength": line(0, float("nan"))}, "from one finite number to another"),
        ({"count": line(1.5, 3)}, "make.x.stir.count: counts whole things"),
        ({"wild": line(0, 1)}, "make.x.stir.wild: is either true or false"),
        ({"colour": line(0, 1)}, "make.x.stir.colour: Input should be a valid string"),
        ({"strenght": line(0, 1)}, "unknown option 'strenght'\n  did you mean 'strength'"),
    ],
)
def test_what_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError, match=f"(?s){message}"):
        stirred(Clock(), **given)


def test_what_the_constructor_reads_cannot_be_a_schedule() -> None:
    options = stirred(clock := Clock(), count=line(1, 4))
    part = Part(Spec("x/stir", "x:Stir", "stirs"), Stir, options, "make.x.stir", clock)
    with pytest.raises(RecipeError, match=r"make\.x\.stir\.count: is read when the network is bu"):
        part.build()


def test_components_hear_the_time_once_for_each_time() -> None:
    options = stirred(clock := Clock())
    built = Part(Spec("x/stir", "x:Stir", "stirs"), Stir, options, "make.x.stir", clock).build()
    for samples in (0, 0, 16, 16, 32):
        clock.set(samples)
    assert built.heard == [0, 16, 32]
    with clock.running(7):
        assert clock.samples == 7
    assert clock.samples == 32


def test_compiled_and_exported_networks_read_a_python_number() -> None:
    options = stirred(clock := Clock(), strength=line(0.0, 1.0))
    module, x = Stir(options), torch.ones(2)
    compiled = torch.compile(module, backend="eager")
    for samples in (10, 20, 30, 40):
        clock.set(samples)
        assert torch.equal(compiled(x), module(x))
        assert compiled(x)[0].item() == pytest.approx(samples / 100)
    exported = torch.export.export(module, (x,)).module()
    clock.set(100)
    assert exported(x)[0].item() == pytest.approx(0.4)


# In whole recipes.


def recipe(**changes: object) -> Recipe:
    made = {
        "modality": {"channels": 1, "height": 8, "width": 8},
        "generator": {"use": "core/dense", "hidden": [8]},
        "discriminator": {"use": "core/dense", "hidden": [8]},
        "loss": "objectives/hinge",
        **changes,
    }
    return Recipe.model_validate(
        {
            "data": "core/digits",
            "given": {"label": {"encoder": {"use": "core/label-embedding", "dim": 4}}},
            "fusion": {"use": "core/product-of-experts", "dim": 4, "drop": line(0.9, 0.1)},
            "make": {"image": made},
        }
    )


def test_the_resolved_recipe_keeps_schedules_and_is_the_same_again() -> None:
    noise = {"use": "objectives/instance-noise", "sigma": line(0.5, 0.0)}
    blueprint, _ = open_recipe(recipe(augment=[noise], data_augment=[noise]))
    resolved: Any = blueprint.resolved()
    assert resolved["fusion"]["drop"] == line(0.9, 0.1)
    assert resolved["make"]["image"]["augment"][0]["sigma"] == line(0.5, 0.0)
    assert make_blueprint(Recipe.model_validate(resolved), catalogue()).resolved() == resolved
    networks = Networks(blueprint)  # trials of augmentations have a time
    blueprint.clock.set(50)
    fusion: Any = networks.gan.fusion
    assert fusion.options.drop == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"generator": {"use": "core/dense", "noise_dim": line(4, 8)}},
            r"make\.image\.generator\.noise_dim: is read when the network is built",
        ),
        (
            {"penalties": [{"use": "objectives/finite-difference", "sigma": line(1, -1)}]},
            r"make\.image\.penalties\.0\.sigma: ",
        ),
        (
            {"modality": {"channels": 1, "height": line(8, 16), "width": 8}},
            r"make\.image\.modality\.height: it has no part in training steps",
        ),
        (
            {"evaluator": {"encoder": {"use": "image/conv", "dim": line(4, 8)}, "target": "label"}},
            r"make\.image\.evaluator\.encoder\.dim: it has no part in training steps",
        ),
    ],
)
def test_a_recipe_names_the_place(changes: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        Networks(open_recipe(recipe(**changes))[0])


def test_the_schema_allows_schedules_of_numbers_and_of_nothing_else() -> None:
    definitions = recipe_schema()["$defs"]
    augment = definitions["augment.objectives.instance-noise"]["properties"]
    assert {"$ref": "#/$defs/Schedule"} in augment["sigma"]["anyOf"]
    fusion = definitions["fusion.core.product-of-experts"]["properties"]
    assert {"$ref": "#/$defs/Schedule"} in fusion["drop"]["anyOf"]
    assert "anyOf" not in fusion["bounded"]
    assert "$defs/Schedule" not in json.dumps(definitions["modality.core.vector"])
