"""The cost of penalties on the discriminator's slope, and whether the cheap one has their gradient.

    python benchmarks/penalties.py                     # about forty minutes on one CPU core
    python benchmarks/penalties.py --noises 1 16       # about five

Cost: CPU time of a whole discriminator step (relativistic loss, both kinds of samples, Adam) with
no penalty, with exact R1 and R2, and with the finite-difference penalty; in turns, medians. A lazy
penalty is a step with it and k - 1 steps without.

Gradient: the finite-difference penalty's gradient of the discriminator's parameters, averaged over
K samples of its noise, against the gradient of R1 + R2: the cosine between the two, and the ratio
of their lengths, in single precision. The exact penalties are those of Mescheder et al. 2018,
https://arxiv.org/abs/1801.04406.

The discriminators have their default options, and a few steps of training have taught them to
separate digits from the samples of an untrained generator: without training, the blocks of image/r3
still do nothing.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from mmgan_core.assembly.opening import open_source
from mmgan_core.contracts import (
    Condition,
    ConditionSpace,
    Critique,
    Discriminator,
    Penalty,
    SampleSpace,
)
from mmgan_core.plugins.catalogue import catalogue

NETWORKS: dict[str, dict[str, Any]] = {"image/dcgan": {"normalise": False}, "image/r3": {}}
EXACT, CHEAP = ("objectives/r1", "objectives/r2"), ("objectives/finite-difference",)
WEIGHT = 0.5


class Trained:
    """A discriminator after a few steps of training, with a batch of each kind of samples."""

    def __init__(self, name: str, size: int, batch: int, seed: int) -> None:
        torch.manual_seed(seed)
        space, nothing = SampleSpace("image", (3, size, size)), ConditionSpace(0)
        known = catalogue()
        cls = known.load("discriminator", name)
        self.network: Discriminator = cls(
            cls.Options.model_validate(NETWORKS[name]), space, nothing
        )
        maker = known.load("generator", "image/dcgan")
        generator = maker(maker.Options(), space, nothing)
        condition = Condition(torch.zeros(batch, 0))
        self.real = _digits(size, batch)
        with torch.no_grad():
            self.fake: Tensor = generator(torch.randn(batch, generator.noise_dim), condition)
        self.condition = condition
        self.network.to(memory_format=torch.channels_last)
        self.adam = torch.optim.Adam(self.network.parameters(), lr=2e-4, betas=(0.0, 0.99))
        loss = known.load("loss", "objectives/relativistic")
        self.loss = loss(loss.Options())

    def critic(self, sample: Tensor) -> Critique:
        """Its critique of samples."""
        critique: Critique = self.network(sample, self.condition)
        return critique

    def step(self, penalties: Sequence[Penalty]) -> float:
        """The CPU seconds that a step takes."""
        began = time.process_time()
        loss = self.loss.discriminator(self.critic(self.real), self.critic(self.fake))
        if penalties:
            loss = loss + WEIGHT * self.penalty(penalties)
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        self.adam.step()
        return time.process_time() - began

    def penalty(self, penalties: Sequence[Penalty]) -> Tensor:
        """Their sum, without the weight."""
        return torch.stack([one(self.critic, self.real, self.fake) for one in penalties]).sum()

    def gradient(self, penalties: Sequence[Penalty]) -> Tensor:
        """Of the penalties, with respect to all parameters, as one vector."""
        parameters = list(self.network.parameters())
        found = torch.autograd.grad(self.penalty(penalties), parameters, allow_unused=True)
        return torch.cat(
            [
                (torch.zeros_like(p) if g is None else g).flatten()
                for p, g in zip(parameters, found, strict=True)
            ]
        )


def penalties_of(names: Sequence[str], **options: float) -> list[Penalty]:
    """Penalties by id."""
    classes = [catalogue().load("penalty", name) for name in names]
    return [cls(cls.Options.model_validate(options)) for cls in classes]


def costs(trained: Trained, rounds: int) -> dict[str, float]:
    """Medians of the seconds of a step, by kind of penalty."""
    kinds: dict[str, list[Penalty]] = {
        "none": [],
        "exact": penalties_of(EXACT),
        "cheap": penalties_of(CHEAP),
    }
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(rounds + 1):
        for kind, penalties in kinds.items():
            times[kind].append(trained.step(penalties))
    # The first round, in which the kernels are chosen, is left out.
    return {kind: statistics.median(found[1:]) for kind, found in times.items()}


def lazily(found: dict[str, float], every: int) -> float:
    """The mean seconds of a step if only every k-th step has the exact penalties."""
    return (found["exact"] + (every - 1) * found["none"]) / every


def likeness(
    trained: Trained, sigma: float, noises: Sequence[int]
) -> Iterator[tuple[int, float, float]]:
    """For each number of noises, the cosine of both gradients and the ratio of their lengths."""
    exact = trained.gradient(penalties_of(EXACT)).double()
    cheap = penalties_of(CHEAP, sigma=sigma)
    total = torch.zeros_like(exact)
    torch.manual_seed(0)
    for count in range(1, max(noises) + 1):
        total += trained.gradient(cheap).double()
        if count in noises:
            mean = total / count
            cosine = torch.nn.functional.cosine_similarity(mean, exact, dim=0)
            yield count, float(cosine), float(mean.norm() / exact.norm())


def _digits(size: int, count: int) -> Tensor:
    """The first embedded digits, (N, 3, size, size)."""
    cls = catalogue().load("modality", "image/image")
    picture = cls(cls.Options(channels=3, height=size, width=size, resample="bilinear"))
    table = open_source({"use": "core/digits"}).tables("train")[0]
    samples: Tensor = picture.to_sample(picture.prepare(table.values("image", range(count))))
    return samples


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=15, help="rounds of timed steps")
    parser.add_argument(
        "--learned", type=int, default=20, help="training steps before anything is measured"
    )
    parser.add_argument("--noises", "--draws", type=int, nargs="*", default=[1, 16, 256])
    parser.add_argument("--sigmas", type=float, nargs="+", default=[0.1, 0.01, 0.001])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    networks = {}
    print(
        "| discriminator | pixels | no penalty | R1 + R2, every step | every 4th | every 16th "
        "| finite difference, every step |\n|" + " --- |" * 7
    )
    for name in NETWORKS:
        for size in options.sizes:
            trained = networks[name, size] = Trained(name, size, options.batch, options.seed)
            for _ in range(options.learned):
                trained.step(penalties_of(EXACT))
            found = costs(trained, options.rounds)
            seconds = [found["exact"], lazily(found, 4), lazily(found, 16), found["cheap"]]
            cells = " | ".join(f"{one / found['none']:.2f} times" for one in seconds)
            print(f"| `{name}` | {size} | {1e3 * found['none']:.0f} ms | {cells} |", flush=True)
    if not options.noises:
        return
    print(
        "\n| discriminator | pixels | sigma | noises | cosine to R1 + R2 | times as long |\n|"
        + " --- |" * 6
    )
    for (name, size), trained in networks.items():
        for sigma in options.sigmas:
            for noises, cosine, ratio in likeness(trained, sigma, options.noises):
                print(
                    f"| `{name}` | {size} | {sigma:g} | {noises} | {cosine:.4f} | {ratio:.3f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
