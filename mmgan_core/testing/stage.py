"""One generator phase between two small networks of the kit's own: what terms are tried on."""

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


class Maker(Generator):
    """One dense layer, bounded by the samples' range."""

    def __init__(self, space: SampleSpace, condition: ConditionSpace) -> None:
        super().__init__(Options(), space, condition)
        self.noise_dim = 3
        self.layer = nn.Linear(3 + condition.dim, math.prod(space.shape))

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Samples from all over the range."""
        told = self.layer(torch.cat([noise, condition.pooled.to(noise)], dim=1))
        made = torch.sigmoid(told).unflatten(1, self.space.shape)
        scaled: Tensor = self.space.low + (self.space.high - self.space.low) * made
        return scaled


class Judge(Discriminator):
    """Two dense layers, whose activations are its features."""

    def __init__(self, space: SampleSpace, condition: ConditionSpace) -> None:
        super().__init__(Options(), space, condition)
        self.layer = nn.Linear(math.prod(space.shape) + condition.dim, 8)
        self.second = nn.Linear(8, 6)
        self.head = nn.Linear(6, 1)

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Judge."""
        seen = torch.cat([sample.flatten(1), condition.pooled.to(sample)], dim=1)
        first = silu(self.layer(seen))
        second = silu(self.second(first))
        return Critique(self.head(second).squeeze(1), (first, second))


class Stage(nn.Module):
    """Both networks, their weights always the same."""

    def __init__(self, space: SampleSpace, condition: ConditionSpace) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.maker = Maker(space, condition)
            self.judge = Judge(space, condition)

    def making(self, noise: Tensor, real: Tensor, condition: Condition) -> GeneratorStep:
        """As the trainer makes it."""

        def discriminate(sample: Tensor) -> Critique:
            critique: Critique = self.judge(sample, condition)
            return critique

        fake = self.maker(noise, condition)
        return GeneratorStep(self.maker, noise, condition, fake, real, discriminate)
