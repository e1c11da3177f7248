"""A generator of dense layers, for samples of any modality and shape.

With two layers of 128 and a sigmoid it is the toolkit's first example. Goodfellow et al. 2014.

Use it for labels, numbers and pictures of 8 x 8, and to see how little a GAN can be.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from mmgan_core import Options
from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace
from mmgan_image.blocks.conditioning import noise_and_condition


class DenseGeneratorOptions(Options):
    """Options of the generator `image/dense`."""

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
        """A sigmoid, stretched to the samples' range."""
        raw = self.layers(noise_and_condition(noise, condition.pooled))
        low, high = self.space.low, self.space.high
        return (low + (high - low) * torch.sigmoid(raw)).view(-1, *self.space.shape)
