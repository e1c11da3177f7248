"""What a model is called that its recipe does not name, or names as no model can be named."""

import json
from pathlib import Path

import pytest

from mmgan_core.errors import UsageError
from mmgan_core.publishing.export import export
from mmgan_core.publishing.naming import fitting_name, name_of_model, refuse_other_repository
from mmgan_core.publishing.push import push
from mmgan_core.recipe.reading import read_recipe
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.run import train
from mmgan_core.zoo.loading import load
from mmgan_core.zoo.manifest import is_model_name

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
    files = push(tmp_path / "unnamed", "me/digits", dry_run=True).files
    assert "model.json" in files, "what is pushed is called as the repository"


def test_a_name_that_no_model_can_have_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    file = tmp_path / "my own digits.yaml"
    file.write_text(json.dumps(PLAIN), encoding="utf-8")
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


@pytest.mark.parametrize(
    ("to", "fits"),
    [
        ("me/my own digits", "me/my-own-digits"),
        ("me/a--b", "me/a-b"),
        ("me/-a", "me/a"),
        ("me/digits.git", "me/digits"),
        ("me/Größe", "me/Gr-e"),
        ("/digits", "ORG/digits"),
        ("me/", "me/NAME"),
        ("me/_digits", "me/digits"),
        (f"me/{'x' * 97}", f"me/{'x' * 96}"),
    ],
)
def test_pushing_under_a_name_that_the_hub_does_not_take_is_refused_first(
    to: str, fits: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=rf"^--to {to}: a name has at most 96") as told:
        push(tmp_path / "no run", to, dry_run=True)
    assert told.value.hint == f"push it as --to {fits}"


def test_a_model_keeps_its_name_in_a_repository_of_another_name() -> None:
    refuse_other_repository("me/_digits", of_run=False)
    with pytest.raises(UsageError):
        refuse_other_repository("me/_digits", of_run=True)


@pytest.mark.parametrize(
    "name", ["a b", "-.-a", "a.git.git", "..", "é", "a" * 95 + ".-b", "a--.b_"]
)
def test_names_that_are_proposed_fit(name: str) -> None:
    found = fitting_name(name)
    if found:
        assert is_model_name(found)
        refuse_other_repository(f"me/{found}", of_run=True)
