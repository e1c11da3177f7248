"""The example plugin as anybody's: installed by pip, tested, trained, used by its verb."""

from __future__ import annotations

import ast
import json
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema
import pytest
import yaml
from huggingface_hub import ModelCard

from mmgan_core.plugins.manager import choose

from ..called import called
from ..scratch import Scratch

EXAMPLE = Path(__file__).parents[2] / "examples" / "mmgan-sketch"
SMALL = ("data.takes=2", "train.samples=128", "train.batch_size=16")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """An environment that has the example beside the toolkit."""
    scratch = Scratch.make(tmp_path_factory.mktemp("sketch") / "venv")
    scratch.pip_install(EXAMPLE)
    return scratch


def test_its_tests_pass(home: Scratch) -> None:
    said = home.run("pytest", "-q", cwd=EXAMPLE)
    assert said.returncode == 0, said.stdout


@pytest.fixture
def zoo(
    home: Scratch, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., str]]:
    """Calls ``mmgan-zoo`` in this process, which has the example as that environment has it."""
    monkeypatch.setattr(sys, "path", [str(home.packages), str(EXAMPLE / "src"), *sys.path])
    choose()

    def call(*arguments: str) -> str:
        said = called(capsys, *arguments)
        assert said.code == 0, f"{arguments}: {said.out}{said.err}"
        return said.out

    yield call
    for name in [name for name in sys.modules if name.partition(".")[0] == "mmgan_sketch"]:
        del sys.modules[name]
    monkeypatch.undo()
    choose()


def test_the_schema_accepts_its_recipe(zoo: Callable[..., str], tmp_path: Path) -> None:
    recipe = EXAMPLE / "src" / "mmgan_sketch" / "recipes" / "sketch-digits.yaml"
    zoo("schema", "--out", str(tmp_path / "schema.json"))
    schema = json.loads((tmp_path / "schema.json").read_text("utf-8"))
    assert "sketch/strokes" in schema["$defs"]["generator"]["anyOf"][0]["enum"]
    jsonschema.validate(yaml.safe_load(recipe.read_text("utf-8")), schema)


def test_it_trains_and_its_verb_draws(home: Scratch, tmp_path: Path) -> None:
    run, page = tmp_path / "run", tmp_path / "page.svg"
    settings = [part for setting in SMALL for part in ("--set", setting)]
    said = home.zoo("train", "sketch-digits", "--cpu", "--run", str(run), *settings)
    assert said.returncode == 0, said.stderr
    assert list((run / "samples").glob("*.png"))
    said = home.zoo("sketch-svg", f"run:{run}", "text=three", "--count", "2", "--out", str(page))
    assert said.returncode == 0, said.stderr
    assert "<svg" in page.read_text()


def test_init_export_and_card_treat_it_as_any_kind_of_data(
    zoo: Callable[..., str], tmp_path: Path
) -> None:
    recipe, run, model = tmp_path / "mine.yaml", tmp_path / "run", tmp_path / "model"
    zoo("init", str(recipe), "--data", "sketch/hershey", "--rate", "100")
    written = yaml.safe_load(recipe.read_text())
    assert written["given"] == {"label": {"encoder": "core/label-embedding"}}
    made = written["make"]["sketch"]
    assert made["generator"] == {"use": "sketch/strokes", "width": 32}
    evaluator = {"encoder": "sketch/points", "target": "label"}
    assert evaluator.items() <= made["evaluator"].items()
    assert "given label, makes sketch" in zoo("validate", str(recipe))
    # Quicker than the recipe: few steps, no evaluator to train.
    settings = ("train.samples=64", "train.batch_size=16", "make.sketch.evaluator=null")
    changes = [part for setting in settings for part in ("--set", setting)]
    zoo("train", str(recipe), "--cpu", "--run", str(run), *changes)
    zoo("export", str(run), "--out", str(model))
    zoo("verify", f"dir:{model}")
    manifest = json.loads((model / "model.json").read_text())
    assert manifest["made"]["sketch"]["endings"] == ["svg"]
    card = ModelCard.load(model / "README.md")
    assert {"sketch", "label"} <= set(card.data.tags or ())
    assert "![samples](samples/sheet.png)" in card.text
    assert "[sketch-003.svg](samples/sketch-003.svg)" in card.text
    assert "pip install mmgan-objectives mmgan-sketch mmgan-zoo" in card.text
    command = re.search("^mmgan-zoo (generate .*)$", card.text, re.MULTILINE)
    assert command
    words = [word.replace("dir:model", f"dir:{model}") for word in shlex.split(command[1])]
    zoo(*words, "--out", str(tmp_path / "made"))
    assert len(list((tmp_path / "made").glob("sketch-*.svg"))) == 8


def test_it_uses_public_names_only() -> None:
    for file in sorted((EXAMPLE / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mmgan_core"):
                names = [*str(node.module).split("."), *(alias.name for alias in node.names)]
                assert not any(name.startswith("_") for name in names), f"{file}: {names}"
