"""How a trained generator makes texts can be changed; what it learned cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml

from mmgan_core import load, train
from mmgan_core.errors import MmganError, RecipeError, UsageError
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.runs.changes import changed_recipe

TEXTS = ["a cat", "a dog", "the cat sat", "the dog sat on a mat", "one more cat", "red mats"]
RECIPE = {
    "name": "sayings",
    "make": {
        "say": {
            "modality": {"use": "text/text", "length": 12},
            "generator": {"use": "text/transformer", "width": 16, "layers": 1},
            "auxiliary_losses": ["objectives/likelihood"],
        }
    },
    "train": {"samples": 32, "batch_size": 16},
    "evaluate": {"metrics": ["text/distinct"], "count": 4},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a few steps."""
    folder = tmp_path_factory.mktemp("sayings")
    recipe = folder / "recipe.yaml"
    recipe.write_text(yaml.safe_dump(RECIPE))
    train(str(recipe), folder / "run", data={"say": TEXTS * 4})
    return folder / "run"


def test_beams_make_one_text_whatever_the_noise(run: Path) -> None:
    model = load(f"run:{run}")
    assert len(set(model.generate(count=6).say)) > 1
    assert model.set_options("say", beams=2) is model
    assert len(set(model.generate(count=6).say)) == 1
    assert len(set(load(f"run:{run}").generate(count=6).say)) > 1, "another model is as it was"


def test_a_lower_temperature_makes_texts_more_alike(run: Path) -> None:
    model = load(f"run:{run}")
    with torch.no_grad():
        usual = len(set("".join(model.generate(count=30).say)))
        model.set_options("say", sampling_temperature=0.05)
        assert len(set("".join(model.generate(count=30).say))) < usual


@pytest.mark.parametrize(
    ("entry", "options", "kind", "said"),
    [
        ("sya", {"beams": 2}, UsageError, "does not make 'sya'"),
        ("say", {"width": 2}, UsageError, "'width' .* cannot be changed after training"),
        ("say", {"baems": 2}, UsageError, "'baems' .* cannot be changed"),
        ("say", {"beams": -2}, RecipeError, r"make\.say\.generator\.beams: "),
    ],
)
def test_what_cannot_be_changed_is_refused(
    run: Path, entry: str, options: dict[str, object], kind: type[MmganError], said: str
) -> None:
    model = load(f"run:{run}")
    with pytest.raises(kind, match=said):
        model.set_options(entry, **options)


def test_generate_and_evaluate_take_them_by_their_keys(zoo, run: Path, tmp_path: Path) -> None:
    key = "make.say.generator.beams"
    command = ["generate", f"run:{run}", "--count", "3", "--out"]
    said = zoo(*command, tmp_path / "made", "--set", f"{key}=2")
    assert said.code == 0, said.err
    lines = [line for line in said.out.splitlines() if ".txt: " in line]
    assert len(lines) == 3
    assert len({line.partition(".txt: ")[2] for line in lines}) == 1
    assert changed_recipe(run, {key: 2}).make["say"].generator.options["beams"] == 2
    said = zoo(*command, tmp_path / "other", "--set", "make.say.generator.layers=2")
    assert (said.code, "cannot be changed after training" in said.err) == (2, True)
    said = zoo(*command, tmp_path / "other", "--set", "make.say.generator.baems=2")
    assert (said.code, "'beams'" in said.err) == (2, True)
    said = zoo(*command, tmp_path / "other", "--set", "train.samples=2")
    assert (said.code, "only options of making samples" in said.err) == (2, True)
    assert not (tmp_path / "other").exists()
    with pytest.raises(UsageError, match="has been trained"):
        changed_recipe(run, {"make.say.generator.layers": 2})


def test_options_of_use_are_options_of_every_generator() -> None:
    for kind, spec in catalogue():
        if kind == "generator":
            cls = catalogue().load("generator", spec.id)
            assert cls.use_options <= set(cls.Options.model_fields), spec.id
