"""A training goes on where its data were moved, have grown, or have letters that it never saw."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from mmgan_core.errors import RecipeError
from mmgan_core.recipe.reading import check
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.read_off import without_places
from mmgan_core.runs.run_directory import RunDirectory
from mmgan_core.training.run import train

pytest.importorskip("mmgan_text")


def data(folder: Path, captions: list[str], kinds: str = "ab") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["file_name,caption,label"]
    for number, caption in enumerate(captions):
        Image.new("L", (4, 4), number * 9 % 256).save(folder / f"{number}.png")
        rows.append(f"{number}.png,{caption},{kinds[number % len(kinds)]}")
    (folder / "metadata.csv").write_text("\n".join(rows))
    return folder


def recipe(folder: Path, samples: int, **entry: Any) -> Recipe:
    modality = {"use": "image/image", "channels": 1, "height": 4, "width": 4}
    network = "core/dense"
    return check(
        {
            "name": "small",
            "data": f"folder:{folder}",
            "bad_rows": 0.2,
            "given": {
                "text": {"column": "caption", "encoder": {"use": "text/characters", "dim": 8}},
                "label": {"encoder": {"use": "core/label-embedding", "dim": 8}},
            },
            "fusion": {"use": "core/concatenation", "dim": 8},
            "make": {
                "image": {
                    "modality": {**modality, **entry},
                    "generator": network,
                    "discriminator": network,
                    "loss": "objectives/relativistic",
                }
            },
            "train": {"samples": samples, "batch_size": 8},
        },
        "small",
    )


CAPTIONS = [f"a {word}" for word in ("cat", "dog", "cow", "hen") * 6]


def test_a_moved_folder_goes_on_without_a_warning(tmp_path: Path, capsys: Any) -> None:
    data(tmp_path / "here", CAPTIONS)
    train(recipe(tmp_path / "here", 16), tmp_path / "run", cpu=True)
    shutil.move(tmp_path / "here", tmp_path / "there")
    capsys.readouterr()
    again = train(recipe(tmp_path / "there", 32), tmp_path / "run", resume=True, cpu=True)
    assert again.samples == 32
    assert "changed" not in capsys.readouterr().err
    assert len(RunDirectory(tmp_path / "run").stretches) == 1


def test_grown_data_with_new_letters_and_labels_go_on(tmp_path: Path, capsys: Any) -> None:
    folder = data(tmp_path / "data", CAPTIONS)
    train(recipe(folder, 16), tmp_path / "run", cpu=True)
    before = yaml.safe_load((tmp_path / "run" / "resolved.yaml").read_text())
    data(folder, [*CAPTIONS, "ein Bär", "ein Fuß"], kinds="ababababababababababababc")
    train(recipe(folder, 32), tmp_path / "run", resume=True, cpu=True)
    after = yaml.safe_load((tmp_path / "run" / "resolved.yaml").read_text())
    assert before["given"] == after["given"], "what was read off at the start is kept"
    assert "the data have changed" in capsys.readouterr().err
    first, second = RunDirectory(tmp_path / "run").stretches
    assert (first["from"], second["from"]) == (0, 16)
    assert first["data"] != second["data"]
    assert second["rows"] > first["rows"]
    lock = json.loads((tmp_path / "run" / "lock.json").read_text())
    assert lock["data"] == first["data"], "the lock of the start stays"


def test_what_the_recipe_states_is_still_compared(tmp_path: Path) -> None:
    folder = data(tmp_path / "data", CAPTIONS)
    train(recipe(folder, 16), tmp_path / "run", cpu=True)
    with pytest.raises(RecipeError, match="another recipe"):
        train(recipe(folder, 32, fit="pad"), tmp_path / "run", resume=True, cpu=True)
    train(recipe(folder, 16, fit="pad"), tmp_path / "padded", cpu=True)
    with pytest.raises(RecipeError, match="another recipe"):
        train(recipe(folder, 32), tmp_path / "padded", resume=True, cpu=True)


def test_other_threads_are_another_stretch_and_said(tmp_path: Path, capsys: Any) -> None:
    folder = data(tmp_path / "data", CAPTIONS)
    train(recipe(folder, 16), tmp_path / "run", cpu=True)
    file = tmp_path / "run" / "lock.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "threads": 64}))
    train(recipe(folder, 32), tmp_path / "run", resume=True, cpu=True)
    assert "threads differ from before" in capsys.readouterr().err
    assert next(stretch["threads"] for stretch in RunDirectory(tmp_path / "run").stretches) == 64


def test_places_are_no_part_of_what_data_are() -> None:
    here = {"sources": [{"use": "folder:a", "limit": 3}, {"use": "core/parquet", "path": "b"}]}
    there = {"sources": [{"use": "folder:x", "limit": 3}, {"use": "core/parquet", "path": "y"}]}
    assert without_places(here) == without_places(there)
    assert without_places({"use": "folder:a", "limit": 4}) != without_places({"use": "folder:a"})
