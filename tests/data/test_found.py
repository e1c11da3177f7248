"""What was found in data is said in the same words by init, plan, training and the report."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from mmgan_core.assembly.opening import open_recipe, open_source
from mmgan_core.data.found import found_in
from mmgan_core.recipe.reading import check
from mmgan_core.training.run import train


def scans(folder: Path) -> Path:
    for name in ("dark", "bright"):
        for number in range(6):
            file = folder / "training" / name / f"{number}.tif"
            file.parent.mkdir(parents=True, exist_ok=True)
            level = 4000 if name == "bright" else 40 + number
            Image.fromarray(np.full((8, 8), level, np.uint16)).save(file)
            file.with_suffix(".xml").write_text("<x/>")
    (folder / "testing" / "dark").mkdir(parents=True)
    Image.fromarray(np.full((8, 8), 50, np.uint16)).save(folder / "testing" / "dark" / "1.tif")
    return folder


def recipe(folder: Path) -> dict[str, object]:
    return {
        "name": "scans",
        "data": f"folder:{folder}",
        "make": {
            "image": {
                "generator": "core/dense",
                "discriminator": "core/dense",
                "loss": "objectives/relativistic",
            }
        },
        "train": {"samples": 16, "batch_size": 8},
    }


def test_rows_columns_labels_scales_and_what_is_not_read(tmp_path: Path) -> None:
    blueprint, source = open_recipe(check(recipe(scans(tmp_path)), "it"))
    said = dict(found_in(source, blueprint).rows)
    assert said["rows"] == "12 for training, 1 for testing"
    assert said["image"].startswith("image; read as image (image/image, channels 1")
    assert "levels 0 to 4095" in said["image"]
    assert said["label"] == "label: bright, dark; not read"
    assert said["note"].startswith("not read: 12 .xml files")


def test_training_says_and_stores_what_it_found(tmp_path: Path, capsys) -> None:
    folder = scans(tmp_path / "data")
    made = check(recipe(folder), "it")
    train(made, tmp_path / "run", cpu=True)
    blueprint, source = open_recipe(made)
    found = found_in(source, blueprint)
    assert json.loads((tmp_path / "run" / "data.json").read_text()) == found.plain()
    printed = capsys.readouterr().err
    assert all(line in printed for line in found.lines())


def test_without_a_recipe_kinds_and_names_are_said(tmp_path: Path) -> None:
    said = dict(found_in(open_source({"use": f"folder:{scans(tmp_path)}"})).rows)
    assert said["label"] == "label: bright, dark"
