"""Losses that name other entries are refused before training if these are not there."""

import copy
from typing import Any

import pytest

from mmgan_core.assembly.opening import open_recipe
from mmgan_core.errors import RecipeError
from mmgan_core.recipe.schema import Recipe

PLACE = "make.image.auxiliary_losses.0"
DENSE = {"use": "core/dense", "hidden": [8]}
PIXELS = {"use": "image/image", "channels": 1, "height": 8, "width": 8}
MADE = {"generator": {**DENSE, "noise_dim": 4}, "discriminator": DENSE, "loss": "objectives/hinge"}
CONV = {"use": "image/conv", "width": 4, "dim": 8}
CYCLE = {"use": "objectives/cycle", "back": "name", "given": "picture"}
AGREE = {
    "use": "objectives/agreement",
    "given": "picture",
    "other": "name",
    "other_given": "label",
}


def built(loss: dict[str, object], **name: object) -> None:
    given: dict[str, Any] = {
        "picture": {"modality": PIXELS, "column": "image", "encoder": CONV},
        "label": {"encoder": {"use": "core/label-embedding", "dim": 8}},
        "word": {
            "modality": "text/text",
            "column": "label",
            "encoder": {"use": "text/characters", "dim": 8, "width": 8},
        },
        "vague": {
            "modality": "core/label",
            "column": "label",
            "encoder": {"use": "core/label-embedding", "dim": 6},
        },
    }
    make = {
        "image": {**MADE, "modality": PIXELS, "auxiliary_losses": [loss]},
        "name": {**MADE, "modality": "core/label", "column": "label", **name},
    }
    plain = {"data": "core/digits", "given": given, "make": make}
    recipe = Recipe.model_validate(copy.deepcopy({**plain, "train": {"encoders": "generator"}}))
    open_recipe(recipe)[0].build()


@pytest.mark.parametrize("loss", [CYCLE, AGREE, {"use": "objectives/info", "continuous": 4}])
def test_what_names_entries_that_are_there_is_built(loss: dict[str, object]) -> None:
    built(loss)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ({**CYCLE, "back": "nam"}, "no other made entry 'nam': did you mean 'name'"),
        ({**CYCLE, "back": "image"}, "no other made entry 'image': choose from: name"),
        ({**CYCLE, "given": "label"}, r"label reads samples \(10,\), but those of image are"),
        ({**CYCLE, "given": "label"}, "choose from: picture"),
        ({**CYCLE, "given": "pictur"}, "nothing is given as 'pictur': did you mean 'picture'"),
        ({**AGREE, "other": "nam"}, "no other made entry 'nam': did you mean 'name'"),
        ({**AGREE, "given": "pictures"}, "as 'pictures': did you mean 'picture'"),
        ({**AGREE, "other_given": "lable"}, "nothing is given as 'lable': did you mean 'label'"),
        ({**AGREE, "other_given": "picture"}, r"but those of name are .*choose from: label, vague"),
        ({**AGREE, "other_given": "vague"}, "picture and vague differ in size, 8 and 6"),
        ({"use": "objectives/info", "continuous": 5}, "reads 5 numbers of the noise, which has 4"),
        ({"use": "objectives/posterior", "numbers": 5}, "reads 5 numbers of the noise, which has"),
    ],
)
def test_what_is_not_there_is_refused_when_networks_are_built(
    loss: dict[str, object], message: str
) -> None:
    with pytest.raises(RecipeError, match=message) as told:
        built(loss)
    assert str(told.value).startswith(PLACE)


def test_an_encoder_that_encodes_no_samples_is_refused_with_those_that_can() -> None:
    with pytest.raises(RecipeError, match="word cannot encode samples: choose from: picture"):
        built({**CYCLE, "given": "word"})


def test_the_way_back_must_be_conditioned_on_what_stands_for_the_sample() -> None:
    with pytest.raises(RecipeError, match=r"name is not conditioned on picture: .*label"):
        built(CYCLE, given=["label"])
