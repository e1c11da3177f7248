"""A small recipe without data, and small data in memory for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mmgan_core.recipe.reading import dump

RECIPE: dict[str, Any] = {
    "given": {"label": {"encoder": {"use": "core/label-embedding", "dim": 4}}},
    "fusion": {"use": "core/concatenation", "dim": 4},
    "make": {
        "image": {
            "modality": {"channels": 1, "height": 8, "width": 8},
            "generator": {"use": "core/dense", "noise_dim": 4, "hidden": [8]},
            "discriminator": {"use": "core/dense", "hidden": [8]},
            "loss": "objectives/non-saturating",
            "evaluator": {
                "encoder": {"use": "image/conv", "dim": 4, "width": 4},
                "target": "label",
                "samples": 200,
            },
        }
    },
    "evaluate": {"count": 8},
    "train": {"samples": 64, "batch_size": 16, "log_every": 16, "learning_rate": 1e-3},
}


def pictures(count: int = 40) -> list[Image.Image]:
    """Grey pictures whose halves differ, dark on the left for even numbers."""
    random = np.random.default_rng(0)
    found = []
    for number in range(count):
        array = random.integers(0, 60, (8, 8), dtype=np.uint8)
        side = slice(0, 4) if number % 2 else slice(4, 8)
        array[:, side] += 150
        found.append(Image.fromarray(array))
    return found


def labels(count: int = 40) -> list[str]:
    return ["left" if number % 2 else "right" for number in range(count)]


@pytest.fixture
def data() -> dict[str, Any]:
    """Two columns of 40 rows."""
    return {"image": pictures(), "label": labels()}


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """The file of a recipe without a section ``data``."""
    file = tmp_path / "halves.yaml"
    file.write_text(dump(RECIPE), encoding="utf-8")
    return file


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """The file of a recipe that makes pictures of nothing, without data."""
    plain = {k: v for k, v in RECIPE.items() if k not in ("given", "fusion", "evaluate")}
    plain["make"] = {
        "image": {k: v for k, v in RECIPE["make"]["image"].items() if k != "evaluator"}
    }
    file = tmp_path / "alone.yaml"
    file.write_text(dump(plain), encoding="utf-8")
    return file
