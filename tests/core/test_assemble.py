"""What is refused before anything is built."""

import inspect
from collections.abc import Mapping

import pytest

from mmgan_core.assembly.opening import open_recipe
from mmgan_core.assembly.taken_names import is_taken
from mmgan_core.component import options_of
from mmgan_core.errors import RecipeError
from mmgan_core.inference.model import Model, Samples
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.recipe.schema import Recipe

LABEL = {"modality": "core/label", "column": "label", "encoder": "core/label-embedding"}
IMAGE = {
    "modality": {"use": "image/image", "height": 8, "width": 8},
    "column": "image",
    "generator": "core/dense",
    "discriminator": "core/dense",
    "loss": "objectives/hinge",
}


def drawn_up(given: Mapping[str, object], make: Mapping[str, object]) -> None:
    recipe = Recipe.model_validate({"data": "core/digits", "given": given, "make": make})
    open_recipe(recipe)[0].build()


def test_an_entry_cannot_have_a_name_that_models_and_samples_use() -> None:
    for call in (Model.generate, Model.interpolate, Model.invert, Model.repair):
        for name, found in inspect.signature(call).parameters.items():
            assert found.kind is not found.KEYWORD_ONLY or is_taken(name), name
    for name in (name for name in dir(Samples) if not name.startswith("_")):
        assert is_taken(name), name


@pytest.mark.parametrize("name", ["type", "train", "keys", "training", "count", "seed"])
def test_names_that_mean_something_else(name: str) -> None:
    with pytest.raises(RecipeError, match=rf"given\.{name}: .* cannot be named '{name}'"):
        drawn_up({name: LABEL}, {"image": IMAGE})
    with pytest.raises(RecipeError, match=rf"make\.{name}: .* cannot be named '{name}'"):
        drawn_up({"label": LABEL}, {name: IMAGE})


def test_the_way_out_works() -> None:
    drawn_up({"type_": LABEL}, {"train_": IMAGE})


def test_options_that_contradict_one_another_are_refused_without_a_key() -> None:
    label = catalogue().load("modality", "core/label")
    with pytest.raises(RecipeError, match=r"^make\.tags\.modality: commas separate") as caught:
        options_of(label, {"names": ["a, b"], "multiple": True}, where="make.tags.modality")
    assert "list every name in names" in str(caught.value)


def test_layers_without_width_are_refused() -> None:
    for hidden in ([0], [8, -1]):
        with pytest.raises(RecipeError, match=r"make\.image\.generator\.hidden"):
            drawn_up({}, {"image": {**IMAGE, "generator": {"use": "core/dense", "hidden": hidden}}})
