"""A seed is a whole number, or one for each sample; anything else is refused by name."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from mmgan_core import Model, RecipeError, UsageError, load, load_recipe
from mmgan_core.cli.model_options import seeds_of
from mmgan_core.foundation.randomness import noise_rows
from mmgan_core.foundation.seeds import checked_seed, seed_of_row
from mmgan_core.inference.broadcast import broadcast


@pytest.fixture(scope="module")
def model() -> Model:
    """A small model with a prior, which seeds draw from too."""
    return load("digits-28")


def test_of_several_seeds_each_makes_its_first_sample(model: Model) -> None:
    several = model.generate(label="three", seed=[7, 3, 7]).tensors["image"]
    for place, seed in enumerate((7, 3, 7)):
        alone = model.generate(label="three", seed=seed).tensors["image"]
        assert torch.allclose(several[place], alone[0], atol=1e-5)
    assert not torch.allclose(several[0], several[1], atol=1e-2)


def test_what_is_not_given_is_drawn_by_each_seed_too(model: Model) -> None:
    drawn = model.conditions({}, 2, seed=[9, 4])["image"].pooled
    for place, seed in enumerate((9, 4)):
        alone = model.conditions({}, 1, seed=seed)["image"].pooled
        assert torch.allclose(drawn[place], alone[0], atol=1e-5)


def test_an_integer_of_numpy_is_the_same_seed() -> None:
    assert torch.equal(noise_rows(np.int64(5), 2, 3), noise_rows(5, 2, 3))
    assert torch.equal(noise_rows(np.arange(5, 7).tolist(), 2, 3), noise_rows(range(5, 7), 2, 3))
    assert seed_of_row(np.int64(5), 2) == (5, 2)


@pytest.mark.parametrize(
    ("seed", "said"),
    [
        (torch.Generator(), r"not <torch.*\(Generator\)"),
        (1.0, r"not 1\.0 \(float\)"),
        (True, r"not True \(bool\)"),
        (np.True_, r"not np\.True_ \(bool"),
        (None, r"not None \(NoneType\)"),
        ("1", r"not '1' \(str\)"),
        (torch.tensor(1), r"\(Tensor\)"),
        ([1, 2.0], r"in the list of seeds: a seed is a whole number, not 2\.0"),
        ([], "list of seeds has 0"),
    ],
)
def test_what_is_no_seed_is_refused_by_name(seed: object, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        checked_seed(seed)
    with pytest.raises(UsageError, match=said):
        broadcast({}, None, seed)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=said):
        noise_rows(seed, 2, 3)  # type: ignore[arg-type]


def test_seeds_and_samples_are_as_many(model: Model) -> None:
    for asked in ({"count": 3}, {"label": ["one", "two", "six"]}):
        with pytest.raises(UsageError, match="list of seeds has 2, where there are 3"):
            model.generate(seed=[1, 2], **asked)
    with pytest.raises(UsageError, match="list of seeds has 2, where there are 1"):
        model.invert("image", Image.new("L", (28, 28)), seed=[1, 2])


def test_seeds_values_and_count_say_how_many_samples_there_are() -> None:
    assert broadcast({"a": "x"}, None, [1, 2, 3]) == ({"a": ["x"] * 3}, 3)
    assert broadcast({"a": ["x", "y"], "b": 1}, None) == ({"a": ["x", "y"], "b": [1, 1]}, 2)
    assert broadcast({"a": ["x", "y", "z"]}, 4) == ({"a": ["x", "y", "z", "x"]}, 4)
    with pytest.raises(UsageError, match="2 samples are fewer than the 3 values"):
        broadcast({"a": ["x", "y", "z"]}, 2)


def test_seeds_of_the_command_line() -> None:
    assert (seeds_of("5"), seeds_of("-1"), seeds_of("1,2, 3")) == (5, -1, [1, 2, 3])
    for text in ("1.0", "", "one", "1,,2", "1,"):
        with pytest.raises(UsageError, match="a seed is a whole number"):
            seeds_of(text)


@pytest.mark.parametrize("seed", [True, 1.0, "1", None])
def test_the_seed_of_a_recipe_is_a_whole_number(seed: object) -> None:
    with pytest.raises(RecipeError, match='"seed": a seed is a whole number'):
        load_recipe("digits", seed=seed)
    assert load_recipe("digits", seed=np.int64(3)).seed == 3
