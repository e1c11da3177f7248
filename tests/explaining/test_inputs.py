"""What encoders read of given values, as numbers with a gradient to samples."""

from __future__ import annotations

import pytest
import torch
import yaml

from mmgan_core import Recipe
from mmgan_core.assembly.assemble import make_blueprint
from mmgan_core.assembly.opening import open_source
from mmgan_core.explaining.label_directions import LabelDirection, pushed
from mmgan_core.inference.asked import asked
from mmgan_core.inference.model import Model
from mmgan_core.plugins.catalogue import catalogue

from .recipes import PICTURES

ENCODERS = {
    "letters that are looked up": {
        "modality": {"use": "text/text", "length": 8},
        "encoder": {"use": "text/characters", "dim": 8, "width": 8, "length": 8},
    },
    "floats that are prepared": {
        "modality": {"use": "text/text", "length": 8},
        "encoder": {"use": "text/ngrams", "dim": 8, "buckets": 32},
    },
    "samples": {"modality": "core/label", "encoder": {"use": "core/label-embedding", "dim": 8}},
}


def model_of(reads: str) -> Model:
    recipe = yaml.safe_load(PICTURES)
    recipe["given"] = {
        "word": {"column": "label", **ENCODERS[reads]},
        "label": {"modality": "core/label", "encoder": {"use": "core/label-embedding", "dim": 4}},
    }
    torch.manual_seed(0)
    checked = Recipe.model_validate(recipe)
    tables = open_source(checked.data.model_dump()).tables("train")
    blueprint = make_blueprint(checked, catalogue(), tables)
    gan = blueprint.build(discriminators=False)
    return Model(blueprint, gan, device=torch.device("cpu"))


@pytest.mark.parametrize("reads", ENCODERS)
@pytest.mark.parametrize("given", [{"word": "three"}, {"word": "three", "label": "six"}])
def test_what_is_made_of_the_numbers_of_a_value_is_what_is_made_of_it(
    reads: str, given: dict[str, str]
) -> None:
    seen = asked(model_of(reads), given, noises=3)
    inputs = seen.inputs("word")
    assert inputs is not None
    numbers = inputs.read(["three", "nine", None])
    assert not numbers[0].equal(numbers[1])
    assert not numbers[0].equal(numbers[2])
    wanted = numbers[:1].expand(2, -1).clone().requires_grad_(True)
    made = inputs.make(wanted, torch.tensor([2, 0]))
    assert torch.allclose(made, seen.samples[[2, 0]], atol=1e-6), "of the noises 2 and 0"
    (slope,) = torch.autograd.grad(made[0].sum(), wanted)
    assert slope[0].abs().sum() > 0
    assert slope[1].abs().sum() == 0, "each row is made of its own numbers"


@pytest.mark.parametrize("reads", ENCODERS)
def test_conditions_that_are_pushed_are_pushed_here_too(reads: str) -> None:
    plain = model_of(reads)
    model = pushed(plain, LabelDirection("six", "label", "six", "label"), 0.5)
    seen = asked(model, {"word": "three", "label": "one"}, noises=3)
    inputs = seen.inputs("word")
    assert inputs is not None
    rows = torch.arange(3)
    made = inputs.make(inputs.read(["three"]).expand(3, -1), rows)
    assert torch.allclose(made, seen.samples, atol=1e-6)
    unmoved = asked(plain, {"word": "three", "label": "one"}, noises=3)
    assert not torch.allclose(made, unmoved.samples, atol=1e-6)


def test_nothing_looked_up_is_what_padding_looks_up() -> None:
    model = model_of("letters that are looked up")
    seen = asked(model, {"word": "three"}, noises=2)
    inputs = seen.inputs("word")
    assert inputs is not None
    assert inputs.read([None]).abs().sum() == 0, "the embedding of the padding is zero"
    encoder = model.gan.encoder("word")
    one, two = inputs.read(["th", "thr"]).unflatten(1, (8, 8))
    assert torch.equal(two[2], encoder.embed.weight[ord("r")])
    assert torch.equal(one[:2], two[:2])
