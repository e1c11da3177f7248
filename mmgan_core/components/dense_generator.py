"""A generator of dense layers: for samples of any kind of data and any shape.

    G(z, c) = low + (high - low) sigmoid(layers(z ⊕ c))

Each hidden layer is dense, with a leaky ReLU. Goodfellow et al. 2014, "Generative adversarial
nets", https://arxiv.org/abs/1406.2661. With two layers of 128 it is the toolkit's first example.

Use it for labels, numbers and pictures of 8 x 8, and to see how little a GAN can be.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace
from mmgan_core.options import Options


class DenseGeneratorOptions(Options):
    """Options of the generator `core/dense`."""

    noise_dim: int = Field(64, ge=1, description="size of the noise")
    hidden: tuple[PositiveInt, ...] = Field((128, 128), description="sizes of the hidden layers")


class DenseGenerator(Generator):
    """(B, Z) noise and (B, dim) condition to (B, *shape), within the samples' range."""

    Options = DenseGeneratorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"hidden": (16,), "noise_dim": 4}, {"hidden": (), "noise_dim": 4})

    def __init__(
        self, options: DenseGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.noise_dim = options.noise_dim
        sizes = [options.noise_dim + condition.dim, *options.hidden]
        layers: list[nn.Module] = []
        for one, next_ in itertools.pairwise(sizes):
            layers += [nn.Linear(one, next_), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Linear(sizes[-1], math.prod(space.shape)))

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make samples: a sigmoid, stretched to the samples' range."""
        raw = self.layers(torch.cat([noise, condition.pooled.to(noise.dtype)], dim=1))
        low, high = self.space.low, self.space.high
        return (low + (high - low) * torch.sigmoid(raw)).view(-1, *self.space.shape)
