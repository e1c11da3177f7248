"""The models that come with the package are small, complete and verified."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import pytest

from mmgan_core import load, load_recipe
from mmgan_core.publishing.verify import verify
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.index import entries

ROOT = Path(__file__).parents[2]
MODELS = sorted(path for path in (ROOT / "zoo" / "models").iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", MODELS, ids=lambda path: path.name)
def test_it_verifies(folder: Path) -> None:
    checked = ["files", "weights", "samples", "number"]
    found = [finding.what for finding in verify(folder)]
    assert found[:4] == checked
    parts = ModelDirectory.open(folder).manifest.models
    assert found[4:] == [f"part {part}: {what}" for part in parts for what in checked]


@pytest.mark.parametrize("folder", MODELS, ids=lambda path: path.name)
def test_it_is_small_and_fully_described(folder: Path) -> None:
    manifest = ModelDirectory.open(folder).manifest
    assert manifest.name == folder.name
    assert manifest.size <= 6_000_000
    assert manifest.metrics, "measured"
    assert manifest.limits
    assert manifest.licences.weights
    assert manifest.licences.data
    makes = load_recipe(folder / "recipe.yaml").make.values()
    verb = "repair" if any(make.repair for make in makes) else "generate"
    assert f"mmgan-zoo {verb} {folder.name}" in (folder / "README.md").read_text()
    recipes = {path.stem for path in (ROOT / "zoo" / "recipes").glob("*.yaml")}
    assert folder.name in recipes, "its recipe is here"


def test_all_together_are_small() -> None:
    assert len(MODELS) >= 6
    assert sum(ModelDirectory.open(folder).manifest.size for folder in MODELS) <= 36_000_000


def test_the_index_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location(
        "make_zoo_index", ROOT / "scripts" / "make_zoo_index.py"
    )
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert (ROOT / "zoo" / "index.yaml").read_text() == script.index()
    for entry in entries():
        if entry.folder:
            file = entry.folder / "model.json"
            assert hashlib.sha256(file.read_bytes()).hexdigest() == entry.manifest


def test_two_lines_in_python() -> None:
    model = load("digits-28")
    pictures = model.generate(text=["three", "seven"], seed=0).image
    assert [picture.size for picture in pictures] == [(28, 28)] * 2
