"""A convolutional training whose noise is the same however many processes share a batch."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from mmgan_core import load_recipe
from mmgan_core.training.run import train
from mmgan_core.training.trainer import Trainer

# Nothing in it is drawn but the noise, and no row of a batch sees another.
CONVOLUTIONS = {
    "given": {"label": {"encoder": {"use": "core/label-embedding", "dim": 4}}},
    "fusion": {"use": "core/concatenation", "dim": 4, "drop": 0.0, "drop_all": 0.0},
    "align": None,
    "make.image.generator": {"use": "image/r3", "width": 8, "group": 4, "noise_dim": 4},
    "make.image.discriminator": {"use": "image/dcgan", "width": 4, "normalise": False},
    "make.image.augment": [],
    "make.image.evaluator": None,
    "train.samples": 64,
    "train.batch_size": 16,
    "train.sample_every": 10_000,
    "train.checkpoint_every": 10_000,
}


def noise_of_the_whole_batch(trainer: Trainer) -> dict[str, Tensor]:
    """This process's rows of noise that a step draws for all of them."""
    whole = torch.Generator().manual_seed(trainer.step)
    share = trainer.recipe.train.batch_size // trainer.processes.count
    rows = slice(trainer.processes.rank * share, (trainer.processes.rank + 1) * share)
    return {
        name: torch.randn(trainer.recipe.train.batch_size, network.noise_dim, generator=whole)[rows]
        for name, network in trainer.gan.generators.items()
    }


def main(run: Path) -> None:
    """Train it."""
    Trainer._noise = noise_of_the_whole_batch  # type: ignore[method-assign]
    train(load_recipe("digits", **CONVOLUTIONS), run, cpu=True)
