"""Directions that are kept with a model: exported, hashed, checked, and used by their names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import yaml
from typer.testing import CliRunner

from mmgan_core import Recipe, load, train
from mmgan_core.cli.directions_verb import app
from mmgan_core.cli.generate_verb import app as generating
from mmgan_core.errors import IntegrityError, MmganError, UsageError
from mmgan_core.explaining.direction_file import moved_along
from mmgan_core.foundation.files import file_hash
from mmgan_core.publishing.export import export
from mmgan_core.publishing.kept_directions import keep_directions
from mmgan_core.publishing.verify import verify

from .recipes import PICTURES


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with which the directions of its measures were kept."""
    folder = tmp_path_factory.mktemp("kept") / "run"
    train(Recipe.model_validate(yaml.safe_load(PICTURES)), folder, cpu=True)
    call = [str(folder), "label=three", "--by", "measures", "--noises", "2", "--keep", "--films"]
    said = CliRunner().invoke(app, [*call, "--out", str(folder.parent / "found.json")])
    assert said.exit_code == 0, said.output
    for words in ("ink", "slant", "steers", "others by", "kept: "):
        assert words in said.output
    assert (folder.parent / "found-ink.gif").is_file()
    return folder


@pytest.fixture
def exported(run: Path, tmp_path: Path) -> Path:
    return export(run, tmp_path / "model").path


def test_they_go_with_the_model_and_are_used_by_name(
    run: Path, exported: Path, tmp_path: Path
) -> None:
    manifest = json.loads((exported / "model.json").read_text("utf-8"))
    assert "directions.json" in manifest["files"]
    assert list(verify(exported))
    made = []
    for place in (run, exported):
        moved = moved_along(load(str(place)), None, {"ink": 2.0})
        made.append(moved.generate(count=2, label="three").tensors["image"])
        still = load(str(place)).generate(count=2, label="three").tensors["image"]
        assert not torch.equal(made[-1], still)
    assert torch.allclose(made[0], made[1], atol=1e-5)
    call = [str(exported), "label=three", "--direction", "ink=+2", "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(generating, call).exit_code == 0


def test_others_can_be_kept_with_an_exported_model(exported: Path, tmp_path: Path) -> None:
    content = json.loads((exported / "directions.json").read_text("utf-8"))
    content["directions"] = content["directions"][:1]
    content["directions"][0]["name"] = "thick"
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    keep_directions(f"dir:{exported}", file)
    assert list(verify(exported)), "its manifest has the new hash"
    moved_along(load(str(exported)), None, {"thick": -1.0})
    with pytest.raises(UsageError, match="no direction 'ink'"):
        moved_along(load(str(exported)), None, {"ink": -1.0})


def test_a_file_that_was_changed_is_refused(exported: Path) -> None:
    with (exported / "directions.json").open("a", encoding="utf-8") as file:
        file.write(" ")
    with pytest.raises(IntegrityError, match=r"directions\.json does not match"):
        load(str(exported))


def test_a_model_of_the_zoo_and_one_without_directions_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder of yours"):
        keep_directions("digits-unconditional", tmp_path / "any.json")
    with pytest.raises(UsageError, match="no directions were kept"):
        moved_along(load("digits-unconditional"), None, {"ink": 1.0})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"vector": [float("nan"), 0, 0, 0]}, "finite"),
        ({"vector": [1.0]}, "1 numbers"),
        ({"name": "\x1b[2J"}, "cannot be the name"),
        ({"name": "n" * 61}, "cannot be the name"),
        ({"name": ""}, "cannot be the name"),
    ],
)
def test_what_does_not_fit_is_neither_kept_nor_verified(
    exported: Path, tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    content = json.loads((exported / "directions.json").read_text("utf-8"))
    content["directions"][1] |= changes
    file = tmp_path / "odd.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        keep_directions(f"dir:{exported}", file)
    assert list(verify(exported))
    # Nor is it believed of a model whose manifest lists it.
    (exported / "directions.json").write_bytes(file.read_bytes())
    manifest = json.loads((exported / "model.json").read_text("utf-8"))
    manifest["files"]["directions.json"] = {
        "sha256": file_hash(file),
        "bytes": file.stat().st_size,
    }
    (exported / "model.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(MmganError, match=said):
        list(verify(exported))
