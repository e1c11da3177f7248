"""Samples per second against torchgan's trainer, on the same DCGAN networks and data.

    pip install torchgan
    python benchmarks/torchgan_dcgan.py

Both train our `image/dcgan` networks on the embedded digits with the non-saturating loss, one
discriminator and one generator step a batch, and Adam. They take turns in one process; a turn is
one epoch of a DataLoader (torchgan) or the same number of steps (ours). torchgan keeps its own
logging, without visdom; the time in which it saves models and pictures after an epoch is not
counted.
"""

from __future__ import annotations

import contextlib
import io
import statistics
import tempfile
import time

import torch
from torch.utils.data import DataLoader, TensorDataset
from torchgan.losses import MinimaxDiscriminatorLoss, MinimaxGeneratorLoss
from torchgan.models import Discriminator, Generator
from torchgan.trainer import Trainer as TorchganTrainer

from mmgan_core.assembly.opening import open_recipe
from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace
from mmgan_core.data.feed import Feed, open_feed
from mmgan_core.recipe.reading import check
from mmgan_core.training.phases import Networks
from mmgan_core.training.processes import Processes
from mmgan_core.training.trainer import Trainer
from mmgan_image.networks.dcgan_discriminator import DCGANDiscriminator, DCGANDiscriminatorOptions
from mmgan_image.networks.dcgan_generator import DCGANGenerator, DCGANGeneratorOptions

BATCH, ROUNDS, SIZE = 64, 6, 16
RECIPE = {
    "name": "dcgan",
    "data": "core/digits",
    "make": {
        "image": {
            "modality": {"channels": 1, "height": SIZE, "width": SIZE},
            "generator": "image/dcgan",
            "discriminator": "image/dcgan",
            "loss": "objectives/non-saturating",
        }
    },
    "train": {"batch_size": BATCH, "betas": [0.5, 0.999]},
}
SPACES = SampleSpace("image", (1, SIZE, SIZE)), ConditionSpace(0)


class TheirGenerator(Generator):
    """Our network, as torchgan wants it."""

    def __init__(self) -> None:
        super().__init__(100, "none")
        self.network = DCGANGenerator(DCGANGeneratorOptions(), *SPACES)

    def forward(self, noise: torch.Tensor) -> torch.Tensor:
        """Noise to pictures."""
        return self.network(noise, Condition(noise[:, :0]))


class TheirDiscriminator(Discriminator):
    """Our network, as torchgan wants it."""

    def __init__(self) -> None:
        super().__init__(1, "none")
        self.network = DCGANDiscriminator(DCGANDiscriminatorOptions(), *SPACES)

    def forward(self, sample: torch.Tensor) -> torch.Tensor:
        """Pictures to logits."""
        return self.network(sample, Condition(sample[:, :0, 0, 0])).logits


def ours() -> tuple[Trainer, Feed]:
    """Our trainer, as the command line uses it."""
    recipe = check(RECIPE, "this benchmark")
    blueprint, source = open_recipe(recipe)
    networks = Networks(blueprint)
    feed = open_feed(blueprint, networks.gan, source, "train")
    return Trainer(blueprint, networks, feed, Processes(cpu=True)), feed


def theirs(folder: str) -> TorchganTrainer:
    """torchgan's trainer."""
    adam = {"lr": 2e-4, "betas": (0.5, 0.999)}
    network = {
        "generator": {
            "name": TheirGenerator,
            "optimizer": {"name": torch.optim.Adam, "args": adam},
        },
        "discriminator": {
            "name": TheirDiscriminator,
            "optimizer": {"name": torch.optim.Adam, "args": adam},
        },
    }
    losses = [MinimaxGeneratorLoss(nonsaturating=True), MinimaxDiscriminatorLoss()]
    trainer = TorchganTrainer(
        network,
        losses,
        device=torch.device("cpu"),
        epochs=1,
        sample_size=8,
        checkpoints=f"{folder}/model",
        recon=folder,
        log_dir=folder,
    )
    trainer.batch_size = BATCH
    return trainer


def main() -> None:
    """Alternate and print the ratio."""
    trainer, feed = ours()
    pictures = feed.batch(0, 0, len(feed), torch.device("cpu")).real["image"].contiguous()
    loader = DataLoader(
        TensorDataset(pictures, torch.zeros(len(pictures))),
        batch_size=BATCH,
        shuffle=True,
        drop_last=True,
    )
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        other = theirs(folder)
    ratios = []
    for turn in range(ROUNDS + 1):
        rates = {"ours": _ours(trainer, len(loader)), "torchgan": _theirs(other, loader)}
        if turn:
            ratios.append(rates["ours"] / rates["torchgan"])
            print(
                f"ours {rates['ours']:6.0f}/s   torchgan {rates['torchgan']:6.0f}/s   "
                f"ratio {ratios[-1]:.2f}"
            )
    print(f"median ratio {statistics.median(ratios):.2f} (wanted: at least 1.0)")


def _ours(trainer: Trainer, steps: int) -> float:
    began = time.perf_counter()
    for _ in range(steps):
        trainer.train_step()
    return steps * BATCH / (time.perf_counter() - began)


def _theirs(trainer: TorchganTrainer, loader: DataLoader) -> float:  # type: ignore[type-arg]
    began = time.perf_counter()
    for pictures, labels in loader:
        trainer.real_inputs, trainer.labels = pictures, labels
        trainer.train_iter()
    return len(loader) * BATCH / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
