"""A small autoencoder of handwritten digits, and a GAN in its latent space; both really trained."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from mmgan_core.publishing.export import export
from mmgan_core.recipe.reading import check
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.run import train

from ..hub.fixture import hub as hub

PICTURE = {"use": "image/image", "channels": 1, "height": 8, "width": 8}


def autoencoder(**changes: Any) -> Recipe:
    """Given a picture, it makes the same picture."""
    seen = {
        "column": "image",
        "modality": PICTURE,
        "encoder": {"use": "image/conv", "dim": 12, "width": 4},
    }
    image = {
        "modality": PICTURE,
        "generator": {"use": "core/dense", "noise_dim": 2, "hidden": [32]},
        "discriminator": {"use": "core/dense", "hidden": [16]},
        "loss": "objectives/non-saturating",
        "auxiliary_losses": [{"use": "objectives/reconstruction", "weight": 10.0}],
    }
    raw: dict[str, Any] = {
        "name": "autoencoder",
        "data": "core/digits",
        "given": {"seen": seen},
        "fusion": {"use": "core/concatenation", "dim": 6, "drop": 0.0, "drop_all": 0.0},
        "make": {"image": image},
        "train": {"samples": 640, "batch_size": 32, "learning_rate": 1e-3},
    }
    return check(raw | changes, "autoencoder")


def latent(model: str, **changes: Any) -> Recipe:
    """Given a label, it makes latents; `samples` is how long it trains."""
    samples = changes.pop("samples", 128)
    z = {
        "column": "image",
        "modality": {"use": "core/latent", "model": model, **changes.pop("options", {})},
        "generator": {"use": "core/dense", "noise_dim": 4, "hidden": [16]},
        "discriminator": {"use": "core/dense", "hidden": [16]},
        "loss": "objectives/non-saturating",
    }
    raw: dict[str, Any] = {
        "name": "latent",
        "data": "core/digits",
        "given": {"label": {"encoder": {"use": "core/label-embedding", "dim": 8}}},
        "fusion": {"use": "core/concatenation", "dim": 8},
        "make": {"z": z},
        "train": {"samples": samples, "batch_size": 32, "checkpoint_every": 64},
    }
    return check(raw | changes, "latent")


@pytest.fixture(scope="session")
def autoencoder_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the autoencoder."""
    path = tmp_path_factory.mktemp("runs") / "autoencoder"
    train(autoencoder(), path, cpu=True)
    return path


@pytest.fixture(scope="session")
def part(autoencoder_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its model."""
    return export(autoencoder_run, tmp_path_factory.mktemp("models") / "autoencoder").path


@pytest.fixture(scope="session")
def run(part: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the GAN in the latent space of that model."""
    path = tmp_path_factory.mktemp("runs") / "latent"
    train(latent(f"dir:{part}"), path, cpu=True)
    return path


@pytest.fixture(scope="session")
def published(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model of that GAN."""
    return export(run, tmp_path_factory.mktemp("models") / "latent").path


@pytest.fixture
def model(published: Path, tmp_path: Path) -> Path:
    """A copy of that model, to be broken."""
    return Path(shutil.copytree(published, tmp_path / "model"))


@pytest.fixture
def own_part(part: Path, tmp_path: Path) -> Path:
    """A copy of the autoencoder's model, to be broken or taken away."""
    return Path(shutil.copytree(part, tmp_path / "own-part"))
