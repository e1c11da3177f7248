"""A discriminator of dense layers: for samples of any kind of data and any shape.

    D(x, c) = layers(x ⊕ c)

Each hidden layer is dense, with a leaky ReLU. The condition stands beside the sample: Mirza and
Osindero 2014, "Conditional generative adversarial nets", https://arxiv.org/abs/1411.1784.

Use it with the generator `core/dense`, for labels, numbers and pictures of 8 x 8.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from mmgan_core.contracts import Condition, ConditionSpace, Critique, Discriminator, SampleSpace
from mmgan_core.options import Options


class DenseDiscriminatorOptions(Options):
    """Options of the discriminator `core/dense`."""

    hidden: tuple[PositiveInt, ...] = Field((128, 128), description="sizes of the hidden layers")


class DenseDiscriminator(Discriminator):
    """(B, *shape) and a condition to logits (B,); features: one tensor a layer."""

    Options = DenseDiscriminatorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"hidden": (16, 8)}, {"hidden": ()})

    def __init__(
        self, options: DenseDiscriminatorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        sizes = [math.prod(space.shape) + condition.dim, *options.hidden]
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Linear(one, next_), nn.LeakyReLU(0.2))
            for one, next_ in itertools.pairwise(sizes)
        )
        self.head = nn.Linear(sizes[-1], 1)

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Discriminate."""
        hidden = torch.cat([sample.flatten(1), condition.pooled.to(sample.dtype)], dim=1)
        features = []
        for layer in self.layers:
            hidden = layer(hidden)
            features.append(hidden)
        return Critique(self.head(hidden).squeeze(1), tuple(features))
