"""A graph pushes conditions along kept directions as the model does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from mmgan_core import load
from mmgan_core.errors import IntegrityError
from mmgan_core.explaining.direction_file import moved_along, write_directions
from mmgan_core.explaining.label_directions import LabelDirection
from mmgan_core.foundation.randomness import noise_rows
from mmgan_core.inference.model import Model
from mmgan_core.inference.prior import _numbers
from mmgan_core.portable import written
from mmgan_core.portable.described import description
from mmgan_core.portable.feeding import fed_of
from mmgan_core.portable.parity import cases_of, difference
from mmgan_core.portable.sampler import PUSH, Sampler

ALONG = (
    {"seven": 1.0},
    {"seven": 0.5},
    {"seven": 0.4, "two": 0.3},
    {"seven": 0.7, "say four": 0.5},
)


def direction(name: str, entry: str, value: str, *instead_of: str) -> LabelDirection:
    return LabelDirection(name, entry, value, entry, instead_of)


def keeping(name: str, folder: Path, found: Sequence[LabelDirection]) -> Model:
    model = load(name)
    model.directions = folder / "directions.json"
    write_directions(model.directions, model, model.made[0], found)
    return model


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Model:
    found = [direction(one, "label", one, "text", "audio") for one in ("seven", "two")]
    found.append(direction("say four", "text", "four"))
    return keeping("digits-28", tmp_path_factory.mktemp("digits"), found)


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Model:
    found = [direction("theo", "speaker", "theo"), direction("seven", "word", "seven")]
    found.append(direction("nine", "word", "nine", "speaker"))
    return keeping("speech", tmp_path_factory.mktemp("speech"), found)


def made_both_ways(
    model: Model, given: Mapping[str, str], along: Sequence[Mapping[str, float]]
) -> tuple[Tensor, Tensor]:
    """What a graph makes, one row for each push, and what the model makes; before it is shown."""
    sampler, count, made = Sampler(model).eval(), len(along), model.made[0]
    fed = fed_of(sampler, count, 0, tuple(given))
    for name, value in given.items():
        read = sampler.readings[name].prepare([value] * count)
        fed |= {f"given.{name}.{key}": rows for key, rows in read.items()}
    fed[f"noise.{made}"] = noise_rows(5, count, model.gan.noise_dims[made])
    assert sampler.drawing is not None
    place, normal = _numbers(5, range(count), sampler.drawing.count)
    fed |= {"prior.place": place.float(), "prior.normal": normal.float()}
    names = [one.name for one in sampler.pushing.directions]
    fed[PUSH] = torch.tensor([[amounts.get(name, 0.0) for name in names] for amounts in along])
    with torch.no_grad():
        conditions = sampler._conditions(fed, torch.zeros(count))
        found = sampler.gan.make({made: fed[f"noise.{made}"]}, conditions)[made].clamp(-1, 1)
    wanted = [
        moved_along(model, None, amounts).generate(count=count, seed=5, **given).tensors[made][row]
        for row, amounts in enumerate(along)
    ]
    return found, torch.stack(wanted).clamp(-1, 1)


@pytest.mark.parametrize("given", [{"text": "three"}, {"text": "three", "label": "three"}, {}])
def test_each_row_is_pushed_as_the_model_pushes(digits: Model, given: dict[str, str]) -> None:
    found, wanted = made_both_ways(digits, given, [*ALONG, {}])
    torch.testing.assert_close(found, wanted, atol=2e-4, rtol=0)
    unpushed = digits.generate(count=len(ALONG) + 1, seed=5, **given).tensors["image"].clamp(-1, 1)
    moved = (found - unpushed).abs().mean(dim=(1, 2, 3))
    assert moved[:-1].min() > 0.05, "they differ from what nothing has pushed"
    assert moved[-1] < 1e-4


@pytest.mark.parametrize("given", [{"word": "three", "speaker": "jackson"}, {"word": "one"}, {}])
def test_so_are_tokens_that_are_attended_to(speech: Model, given: dict[str, str]) -> None:
    """Half way to a word that was not given there are no half tokens."""
    pushes = [{"theo": 0.5}, {"theo": 0.5, "seven": 0.5}, {"seven": 0.5, "nine": 0.2}]
    found, wanted = made_both_ways(speech, given, pushes)
    torch.testing.assert_close(found, wanted, atol=2e-4, rtol=0)


def test_an_engine_that_does_not_push_is_noticed(digits: Model) -> None:
    sampler = Sampler(digits).eval()
    cases = cases_of(sampler)

    def unmoved(fed):  # type: ignore[no-untyped-def]
        still = {**fed, PUSH: np.zeros_like(fed[PUSH])}
        with torch.no_grad():
            return [
                one.numpy() for one in sampler({n: torch.as_tensor(t) for n, t in still.items()})
            ]

    assert difference(unmoved, cases[:-2])[0] <= 1e-5
    for case in cases[-2:]:
        assert difference(unmoved, [case])[0] > 0.1
    with pytest.raises(IntegrityError, match="other samples than torch"):
        written._refused_unlike(unmoved, cases, digits.name)


def test_the_description_says_which_amount_leads_where(digits: Model) -> None:
    said = description(digits, Sampler(digits), {})
    assert said["inputs"][PUSH] == {"dtype": "float32", "shape": ["batch", 3]}
    assert [(one["name"], one["push"], one["value"]) for one in said["directions"]] == [
        ("seven", 0, "seven"),
        ("two", 1, "two"),
        ("say four", 2, "four"),
    ]


def test_texts_of_any_number_of_tokens_are_left_out(tmp_path: Path) -> None:
    found = [direction("noto", "vendor", "noto"), direction("heart", "caption", "a red heart")]
    model = keeping("emoji", tmp_path, found)
    assert [one.name for one in Sampler(model).pushing.directions] == ["noto"]
