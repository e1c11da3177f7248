"""The overhead of our trainer: samples per second against a bare loop over the same modules.

    python benchmarks/overhead.py                   # recipe digits
    python benchmarks/overhead.py --rounds 8

The bare loop is what a person would write for this one recipe: the same networks, batches,
relativistic loss, lazy R1 and R2, alignment, Adam and weight average. Both take turns in one
process.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch.nn import functional

from mmgan_core import load_recipe
from mmgan_core.assembly.gan import GAN
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.data.feed import Batch, Feed, open_feed
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.phases import Networks
from mmgan_core.training.processes import Processes
from mmgan_core.training.trainer import Trainer


class BareLoop:
    """Plain PyTorch, written for the recipe `digits`."""

    def __init__(self, networks: Networks, feed: Feed, recipe: Recipe) -> None:
        self.networks, self.gan, self.feed = networks.train(), networks.gan, feed
        self.size, self.step = recipe.train.batch_size, 0
        penalty = recipe.make["image"].penalties[0]
        self.gamma, self.every = float(penalty.weight), penalty.every  # type: ignore[arg-type]
        self.sides = networks.discriminator_side(), networks.generator_side()
        self.d, self.g = (
            torch.optim.Adam(side, lr=1e-4, betas=(0.0, 0.99), fused=True) for side in self.sides
        )
        self.average = [p.detach().clone() for p in self._averaged()]

    def _averaged(self) -> list[torch.Tensor]:
        parts = [*self.gan.generators.parameters(), *self.gan.encoders.parameters()]
        return [*parts, *self.gan.fusion.parameters()] if self.gan.fusion else parts

    def train_step(self) -> None:
        """One discriminator step, one generator step, one average."""
        cpu, gan = torch.device("cpu"), self.gan
        self._learn(0)
        batch = self.feed.batch(0, self.step * self.size, self.size, cpu)
        encodings, condition = self._condition(gan, batch)
        real = batch.real["image"]
        noise = torch.randn(self.size, gan.generator("image").noise_dim)
        with torch.no_grad():
            fake = gan.generators["image"](noise, condition.detach())
        discriminator = gan.discriminators["image"]
        of_real = discriminator(real, condition).logits
        of_fake = discriminator(fake, condition).logits
        loss = functional.softplus(of_fake - of_real).mean()
        if self.step % self.every == 0:
            for sample in (real, fake):
                leaf = sample.detach().requires_grad_(True)
                logits = discriminator(leaf, condition.detach()).logits.sum()
                (slope,) = torch.autograd.grad(logits, leaf, create_graph=True)
                loss = loss + self.gamma / 2 * self.every * slope.square().sum((1, 2, 3)).mean()
        same = batch.meaning[:, None] == batch.meaning[None, :]
        loss = loss + self.networks.align(encodings, same)  # type: ignore[misc]
        self.d.zero_grad(set_to_none=True)
        loss.backward()
        self.d.step()
        self._learn(1)
        batch = self.feed.batch(1, self.step * self.size, self.size, cpu)
        real = batch.real["image"]
        with torch.no_grad():
            _, condition = self._condition(gan, batch)
            of_real = discriminator(real, condition).logits
        noise = torch.randn(self.size, gan.generator("image").noise_dim)
        fake = gan.generators["image"](noise, condition)
        of_fake = discriminator(fake, condition).logits
        loss = functional.softplus(of_real - of_fake).mean()
        self.g.zero_grad(set_to_none=True)
        loss.backward()
        self.g.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.average, self._averaged(), 0.01)
        self.step += 1

    def _condition(self, gan: GAN, batch: Batch):  # type: ignore[no-untyped-def]
        encodings = gan.encode(batch.given)
        present = {n: torch.ones(self.size, dtype=torch.bool) for n in encodings}
        kept = gan.fusion.keep(present)  # type: ignore[union-attr]
        return encodings, gan.fusion(encodings, kept)  # type: ignore[misc]

    def _learn(self, chosen: int) -> None:
        for number, side in enumerate(self.sides):
            for parameter in side:
                parameter.requires_grad_(number == chosen)


def main() -> None:
    """Alternate the two loops and print the ratio of their rates."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--steps", type=int, default=60)
    arguments = parser.parse_args()
    recipe = load_recipe("digits")
    blueprint, source = open_recipe(recipe)
    torch.set_flush_denormal(True)
    networks = Networks(blueprint)
    feed = open_feed(blueprint, networks.gan, source, "train")
    ours = Trainer(blueprint, networks, feed, Processes(cpu=True))
    bare = BareLoop(Networks(blueprint), feed, recipe)
    for loop in (ours, bare):
        _rate(loop.train_step, 10, recipe.train.batch_size)
    ratios = []
    for turn in range(arguments.rounds):
        pair = [ours, bare] if turn % 2 else [bare, ours]
        rates = {
            loop: _rate(loop.train_step, arguments.steps, recipe.train.batch_size) for loop in pair
        }
        ratios.append(rates[ours] / rates[bare])
        print(f"ours {rates[ours]:7.0f}/s   bare {rates[bare]:7.0f}/s   ratio {ratios[-1]:.3f}")
    print(f"median ratio {statistics.median(ratios):.3f} (wanted: at least 0.95)")


def _rate(step: Callable[[], None], steps: int, batch: int) -> float:
    began = time.perf_counter()
    for _ in range(steps):
        step()
    return steps * batch / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
