"""The contestants of `time_to_quality.py`: each makes training steps, and samples at its best."""

from __future__ import annotations

import contextlib
import copy
import io
import itertools
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.contracts import Condition
from mmgan_core.data.feed import Feed
from mmgan_core.training.phases import Networks
from mmgan_core.training.processes import Processes
from mmgan_core.training.trainer import Trainer

NOISE, RATE, BETAS = 100, 2e-4, (0.5, 0.999)
Samples = dict[str, Tensor]


class Contestant(Protocol):
    """A GAN that can be trained and sampled."""

    def step(self) -> None:
        """One step of each network on one batch."""

    def samples(self, count: int, seed: int) -> Samples:
        """Samples (N, C, H, W), by the way in which they are made."""


class Ours:
    """A recipe and our trainer, as the command line uses it."""

    def __init__(self, blueprint: Blueprint, feed: Feed) -> None:
        self.trainer = Trainer(blueprint, Networks(blueprint), feed, Processes(cpu=True))

    def step(self) -> None:
        """A step of the trainer."""
        self.trainer.train_step()

    @torch.no_grad()
    def samples(self, count: int, seed: int) -> Samples:
        """With the averaged weights."""
        gan = self.trainer.gan
        with self.trainer.ema.applied(gan):
            made = [
                gan.make({"image": noise}, Condition(noise[:, :0]))["image"]
                for noise in _noise(count, gan.generator("image").noise_dim, seed)
            ]
        return {"averaged weights": torch.cat(made)}


class Plain:
    """DCGAN's networks and settings in one plain loop."""

    def __init__(self, pictures: Tensor, batch: int, width: int) -> None:
        """``pictures``: (N, C, S, S), S a power of two."""
        self.pictures, self.batch = pictures, batch
        channels, size = pictures.shape[1:3]
        self.generator = dcgan_generator(channels, size, width)
        self.discriminator = dcgan_discriminator(channels, size, width)
        self.adams = [
            torch.optim.Adam(side.parameters(), lr=RATE, betas=BETAS)
            for side in (self.generator, self.discriminator)
        ]
        self.order: Iterator[Tensor] = iter(())

    def step(self) -> None:
        """The discriminator on real and fake pictures, then the generator."""
        real = self.pictures[self._rows()]
        fake = self.generator(torch.randn(self.batch, NOISE, 1, 1))
        loss = _entropy(self.discriminator(real), 1.0)
        loss = loss + _entropy(self.discriminator(fake.detach()), 0.0)
        self._update(1, loss)
        self._update(0, _entropy(self.discriminator(fake), 1.0))

    def samples(self, count: int, seed: int) -> Samples:
        """With either kind of batch statistics."""
        return by_statistics(
            self.generator, lambda net, noise: net(noise[:, :, None, None]), count, seed
        )

    def _rows(self) -> Tensor:
        rows = next(self.order, None)
        if rows is None or len(rows) < self.batch:
            self.order = iter(torch.randperm(len(self.pictures)).split(self.batch))
            rows = next(self.order)
        return rows

    def _update(self, network: int, loss: Tensor) -> None:
        self.adams[network].zero_grad()
        loss.backward()
        self.adams[network].step()


class Torchgan:
    """torchgan's DCGAN, losses and Trainer, without saving after an epoch."""

    def __init__(self, pictures: Tensor, batch: int, width: int, folder: str) -> None:
        from torchgan.losses import MinimaxDiscriminatorLoss, MinimaxGeneratorLoss
        from torchgan.models import DCGANDiscriminator, DCGANGenerator
        from torchgan.trainer import Trainer as TheirTrainer

        channels, size = pictures.shape[1:3]
        adam = {"name": torch.optim.Adam, "args": {"lr": RATE, "betas": BETAS}}
        shape = {"step_channels": width}
        networks: dict[str, Any] = {
            "generator": {
                "name": DCGANGenerator,
                "args": {**shape, "out_channels": channels, "out_size": size},
                "optimizer": adam,
            },
            "discriminator": {
                "name": DCGANDiscriminator,
                "args": {**shape, "in_channels": channels, "in_size": size},
                "optimizer": adam,
            },
        }
        losses = [MinimaxGeneratorLoss(), MinimaxDiscriminatorLoss()]
        with contextlib.redirect_stdout(io.StringIO()):
            self.trainer = TheirTrainer(
                networks,
                losses,
                device=torch.device("cpu"),
                epochs=1,
                sample_size=8,
                checkpoints=f"{folder}/model",
                recon=folder,
                log_dir=folder,
            )
        self.trainer.batch_size = batch
        held = TensorDataset(pictures, torch.zeros(len(pictures)))
        loader = DataLoader(held, batch_size=batch, shuffle=True, drop_last=True)
        self.batches = itertools.chain.from_iterable(itertools.repeat(loader))

    def step(self) -> None:
        """The step that its Trainer makes for a batch."""
        self.trainer.real_inputs, self.trainer.labels = next(self.batches)
        self.trainer.train_iter()

    def samples(self, count: int, seed: int) -> Samples:
        """With either kind of batch statistics."""
        return by_statistics(self.trainer.generator, lambda net, noise: net(noise), count, seed)


def dcgan_generator(channels: int, size: int, width: int) -> nn.Sequential:
    """(B, 100, 1, 1) to (B, C, S, S): from maps of 4 x 4, doubled by each layer."""
    layers: list[nn.Module] = []
    wide = width * size // 8
    before, stride, padding = NOISE, 1, 0
    while wide >= width:
        convolution = nn.ConvTranspose2d(before, wide, 4, stride, padding, bias=False)
        layers += [convolution, nn.BatchNorm2d(wide), nn.ReLU()]
        before, wide, stride, padding = wide, wide // 2, 2, 1
    layers += [nn.ConvTranspose2d(before, channels, 4, 2, 1, bias=False), nn.Tanh()]
    return nn.Sequential(*layers).apply(_draw)


def dcgan_discriminator(channels: int, size: int, width: int) -> nn.Sequential:
    """(B, C, S, S) to logits (B,): halved by each layer, down to maps of 4 x 4."""
    layers: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
    wide = width
    while wide < width * size // 8:
        layers += [
            nn.Conv2d(wide, 2 * wide, 4, 2, 1, bias=False),
            nn.BatchNorm2d(2 * wide),
            nn.LeakyReLU(0.2),
        ]
        wide *= 2
    layers += [nn.Conv2d(wide, 1, 4, bias=False), nn.Flatten(0)]
    return nn.Sequential(*layers).apply(_draw)


def by_statistics(
    generator: nn.Module, make: Callable[[nn.Module, Tensor], Tensor], count: int, seed: int
) -> Samples:
    """Samples with the statistics of each batch, and with running ones."""
    made = {}
    for name, training in (("batch statistics", True), ("running statistics", False)):
        # In training mode, sampling would change the running statistics.
        network = copy.deepcopy(generator).train(training)
        with torch.no_grad():
            made[name] = torch.cat([make(network, noise) for noise in _noise(count, NOISE, seed)])
    return made


def _noise(count: int, size: int, seed: int) -> list[Tensor]:
    random = torch.Generator().manual_seed(seed)
    return list(torch.randn(count, size, generator=random).split(64))


def _entropy(logits: Tensor, wanted: float) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, wanted))


def _draw(layer: nn.Module) -> None:
    if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(layer.weight, 0.0, 0.02)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, 0.02)
