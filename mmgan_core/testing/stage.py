"""A generator phase with two small networks, on which auxiliary losses are tested."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from mmgan_core.contracts import (
    Condition,
    ConditionSpace,
    Critique,
    Discriminator,
    Encoding,
    Generator,
    GeneratorStep,
    OtherEntry,
    SampleSpace,
)
from mmgan_core.errors import BadValue
from mmgan_core.options import Options

ENCODED = 5


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
        middle = self(sample.new_zeros(len(sample), self.noise_dim), condition)
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


class StageEncoder(nn.Module):
    """One dense layer, as an encoder of a given entry that can encode samples."""

    def __init__(self, space: SampleSpace) -> None:
        super().__init__()
        self.layer = nn.Linear(math.prod(space.shape), ENCODED)

    def forward(self, sample: Tensor) -> Encoding:
        """Encode samples."""
        return Encoding(self.layer(sample.flatten(1)))


class Stage(nn.Module):
    """The networks, always with the same weights.

    Besides the entry under test it has another made entry, ``other``, of the same samples, and the
    given entries ``a`` and ``b``, whose encoders read such samples.
    """

    def __init__(self, space: SampleSpace, condition: ConditionSpace) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.generator = StageGenerator(space, condition)
            self.discriminator = StageDiscriminator(space, condition)
            self.other = StageGenerator(space, condition)
            self.encoders = nn.ModuleDict({name: StageEncoder(space) for name in ("a", "b")})
        self.dim = condition.dim

    def generator_step(self, noise: Tensor, real: Tensor, condition: Condition) -> GeneratorStep:
        """The generator phase as the trainer does it."""

        def discriminate(sample: Tensor) -> Critique:
            critique: Critique = self.discriminator(sample, condition)
            return critique

        def encode(given: str, sample: Tensor) -> Encoding:
            encoding: Encoding = self.encoders[given](sample)
            return encoding

        fake = self.generator(noise, condition)
        other = OtherEntry(
            self.other, noise, condition, real, lambda: self.other(noise.flip(0), condition)
        )
        return GeneratorStep(
            self.generator,
            noise,
            condition,
            fake,
            real,
            discriminate,
            entry="made",
            others={"other": other},
            encodings={name: encode(name, real) for name in self.encoders},
            meaning=torch.arange(len(real), device=real.device),
            encode=encode,
            fuse=self._fuse,
        )

    def _fuse(self, encodings: Mapping[str, Encoding], entry: str) -> Condition:
        """The sum of the encodings, cut to the size of a condition."""
        if not self.dim:
            raise BadValue("nothing is given")
        pooled = torch.stack([one.pooled for one in encodings.values()]).sum(0)
        return Condition(pooled[:, torch.arange(self.dim, device=pooled.device) % ENCODED])
