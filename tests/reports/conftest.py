"""Small runs to show: real parts on real data, trained in a few seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from mmgan_core.recipe.reading import read_recipe
from mmgan_core.training.run import train

RECIPE = """
data: core/digits
given:
  label: {encoder: {use: core/label-embedding, dim: 4}}
fusion: {use: core/concatenation, dim: 4}
make:
  audio:
    modality: {use: audio/log-mel, rate: 8000, n_fft: 256, hop: 128, bands: 16, seconds: 0.32}
    generator: {use: core/dense, noise_dim: 4, hidden: [8]}
    discriminator: {use: core/dense, hidden: [8]}
    loss: objectives/non-saturating
  image:
    modality: {channels: 1, height: 8, width: 8}
    generator: {use: core/dense, noise_dim: 4, hidden: [8]}
    discriminator: {use: core/dense, hidden: [8]}
    loss: objectives/non-saturating
train: {samples: 64, batch_size: 16, log_every: 32, sample_every: 64}
"""

TrainRun = Callable[..., Path]


@pytest.fixture(scope="session")
def train_run(tmp_path_factory: pytest.TempPathFactory) -> TrainRun:
    """Trains the recipe above, with other values by dotted key, and returns the run."""

    def trained(name: str, **changes: object) -> Path:
        home = tmp_path_factory.mktemp("runs")
        (home / "recipe.yaml").write_text(RECIPE)
        dotted = {key.replace("__", "."): value for key, value in changes.items()}
        run = home / name
        train(read_recipe(str(home / "recipe.yaml"), dotted), run, cpu=True)
        return run

    return trained


@pytest.fixture(scope="session")
def sound_run(train_run: TrainRun) -> Path:
    """A run that makes sounds and pictures."""
    return train_run("both")


def change_recipe(run: Path, **top: object) -> None:
    """Put other values into the recipe of a run."""
    file = run / "resolved.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **top}, sort_keys=False))
