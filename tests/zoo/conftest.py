"""A model made of a real, short training; tests that break it work on a copy."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmgan_core import load_recipe
from mmgan_core.evaluation.evaluate import evaluate
from mmgan_core.publishing.export import export
from mmgan_core.training.run import train

from ..hub.fixture import hub as hub

SMALL = {
    "given": {
        "text": {"column": "label", "encoder": {"use": "text/characters", "dim": 8, "width": 8}},
        "label": {"encoder": {"use": "core/label-embedding", "dim": 8}},
    },
    "fusion.dim": 8,
    "train.samples": 320,
    "train.batch_size": 32,
    "train.log_every": 96,
    "make.image.generator": {"use": "image/r3", "width": 8, "group": 8},
    "make.image.discriminator": {"use": "image/r3", "width": 8, "group": 8},
    "make.image.evaluator.samples": 4_000,
}


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A measured run."""
    path = tmp_path_factory.mktemp("runs") / "small"
    train(load_recipe("digits", **SMALL), path, cpu=True)
    evaluate(path, count=64)
    return path


@pytest.fixture(scope="session")
def published(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its model, with the discriminator."""
    path = tmp_path_factory.mktemp("models") / "small"
    return export(run, path, name="small", discriminator=True).path


@pytest.fixture
def model(published: Path, tmp_path: Path) -> Path:
    """A copy of the model, to be broken."""
    return Path(shutil.copytree(published, tmp_path / "model"))


@pytest.fixture
def rehash(model: Path) -> Callable[..., None]:
    """Makes the manifest agree with changed files again, as a cheat would."""

    def change(**keys: Any) -> None:
        manifest = json.loads((model / "model.json").read_text())
        for name, row in manifest["files"].items():
            content = (model / name).read_bytes()
            row |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        (model / "model.json").write_text(json.dumps(manifest | keys))

    return change
