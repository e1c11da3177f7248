"""A generator phase with two small networks, on which auxiliary losses are tested."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from mmgan_core.contracts import (
    Condition,
    ConditionSpace,
    Critique,
    Discriminator,
    Generator,
    GeneratorStep,
    SampleSpace,
)
from mmgan_core.options import Options


class StageGenerator(Generator):
    """One dense layer, bounded to the range of the samples."""

    def __init__(self, space: SampleSpace, condition: ConditionSpace) -> None:
        super().__init__(Options(), space, condition)
        self.noise_dim = 3
        self.layer = nn.Linear(3 + condition.dim, math.prod(space.shape))

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make samples within the range."""
        hidden = self.layer(torch.cat([noise, condition.pooled.to(noise)], dim=1))
        unit = torch.sigmoid(hidden).unflatten(1, self.space.shape)
        sample: Tensor = self.space.low + (self.space.high - self.space.low) * unit
        return sample

    def log_likelihood(
        self, sample: Tensor, condition: Condition, mask: Tensor | None = None
    ) -> Tensor:
        """Of unit Gaussians around what it makes of no noise; for losses that need a likelihood."""
        middle = self(torch.zeros(len(sample), self.noise_dim).to(sample), condition)
        apart: Tensor = (sample - middle).float().flatten(1)
        return -0.5 * (apart.square() + math.log(2 * math.pi)).sum(1)


class StageDiscriminator(Discriminator):
    """Two dense layers, whose activations are its features."""

    def __init__(self, space: SampleSpace, condition: ConditionSpace) -> None:
        super().__init__(Options(), space, condition)
        self.layer = nn.Linear(math.prod(space.shape) + condition.dim, 8)
        self.second = nn.Linear(8, 6)
        self.head = nn.Linear(6, 1)

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Discriminate samples under their condition."""
        seen = torch.cat([sample.flatten(1), condition.pooled.to(sample)], dim=1)
        first = silu(self.layer(seen))
        second = silu(self.second(first))
        return Critique(self.head(second).squeeze(1), (first, second))


class Stage(nn.Module):
    """Both networks, always with the same weights."""

    def __init__(self, space: SampleSpace, condition: ConditionSpace) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.generator = StageGenerator(space, condition)
            self.discriminator = StageDiscriminator(space, condition)

    def generator_step(self, noise: Tensor, real: Tensor, condition: Condition) -> GeneratorStep:
        """The generator phase as the trainer does it."""

        def discriminate(sample: Tensor) -> Critique:
            critique: Critique = self.discriminator(sample, condition)
            return critique

        fake = self.generator(noise, condition)
        return GeneratorStep(self.generator, noise, condition, fake, real, discriminate)
