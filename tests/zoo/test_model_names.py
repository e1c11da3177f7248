"""What a model is called that its recipe does not name, or names as no model can be named."""

import json
from pathlib import Path

import pytest
import yaml

from mmgan_core.errors import UsageError
from mmgan_core.publishing.export import export
from mmgan_core.publishing.naming import name_of_model
from mmgan_core.recipe.reading import read_recipe
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.run import train
from mmgan_core.zoo.loading import load

DENSE = {"use": "core/dense", "hidden": [8]}
PLAIN = {
    "data": "core/digits",
    "make": {
        "image": {
            "modality": {"channels": 1, "height": 8, "width": 8},
            "generator": DENSE,
            "discriminator": DENSE,
            "loss": "objectives/hinge",
        }
    },
    "train": {"samples": 16, "batch_size": 8},
}


def test_a_run_of_a_recipe_without_a_name_is_exported_under_the_run_s_name(tmp_path: Path) -> None:
    train(Recipe.model_validate(PLAIN), tmp_path / "unnamed", cpu=True)
    model = export(tmp_path / "unnamed", tmp_path / "model")
    assert json.loads((model.path / "model.json").read_text())["name"] == "unnamed"
    assert load(f"dir:{model.path}").generate(count=1).image


def test_a_name_that_no_model_can_have_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    file = tmp_path / "my own digits.yaml"
    file.write_text(yaml.safe_dump(PLAIN), encoding="utf-8")
    train(read_recipe(file), tmp_path / "run", cpu=True)
    with pytest.raises(UsageError, match="cannot be called 'my own digits'") as told:
        export(tmp_path / "run", tmp_path / "model")
    assert told.value.hint == "export it as --name my-own-digits"
    assert not (tmp_path / "model").exists()
    named = export(tmp_path / "run", tmp_path / "model", name="my-own-digits")
    assert named.manifest.name == "my-own-digits"


@pytest.mark.parametrize(
    ("asked", "recipe", "run", "place"),
    [
        ("a/b", "good", "good", "--name"),
        ("", "Größe", "good", "the recipe's name"),
        ("", "", "a run", "the directory of the run"),
    ],
)
def test_the_message_says_whose_name_it_is(asked: str, recipe: str, run: str, place: str) -> None:
    with pytest.raises(UsageError, match=rf"^{place}: a model cannot be called"):
        name_of_model(asked, recipe, Path(run))
