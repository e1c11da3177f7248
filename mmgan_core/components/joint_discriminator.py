"""A joint discriminator: says whether samples of several made entries belong together.

    f = layers(embed_1(x_1) ⊕ embed_2(x_2) ⊕ ...)        D = head(f) + <project(c), f> / sqrt(F)

Every sample is flattened and embedded by a dense layer of its own; dense layers read the embeddings
side by side. Liu and Tuzel 2016, "Coupled generative adversarial networks",
https://arxiv.org/abs/1606.07536, learn joint distributions; the projection of the condition is that
of Miyato and Koyama 2018, https://arxiv.org/abs/1802.05637.

Use it for any number of made entries, beside a discriminator of each one or without.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field, PositiveInt
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_core.contracts import (
    Condition,
    ConditionSpace,
    Critique,
    JointDiscriminator,
    SampleSpace,
)
from mmgan_core.options import Options

_SLOPE = 0.2


class DenseJointOptions(Options):
    """Options of the joint discriminator `core/joint`."""

    embed: int = Field(128, ge=1, description="size of the embedding of each sample")
    hidden: tuple[PositiveInt, ...] = Field((128,), description="sizes of the hidden layers")


class DenseJoint(JointDiscriminator):
    """(B, *shape) of each entry and a condition to logits (B,); features: one tensor a layer."""

    Options = DenseJointOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"embed": 8, "hidden": (6,)}, {"embed": 5, "hidden": ()})

    def __init__(
        self,
        options: DenseJointOptions,
        spaces: Mapping[str, SampleSpace],
        condition: ConditionSpace,
    ) -> None:
        super().__init__(options, spaces, condition)
        self.embed = nn.ModuleDict(
            {name: nn.Linear(math.prod(one.shape), options.embed) for name, one in spaces.items()}
        )
        sizes = [options.embed * len(spaces), *options.hidden]
        self.layers = nn.ModuleList(
            nn.Linear(one, next_) for one, next_ in itertools.pairwise(sizes)
        )
        self.head = nn.Linear(sizes[-1], 1)
        self.project = nn.Linear(condition.dim, sizes[-1]) if condition.dim else None

    def forward(self, samples: Mapping[str, Tensor], condition: Condition) -> Critique:
        """Discriminate rows of samples."""
        parts = [embed(samples[name].flatten(1)) for name, embed in self.embed.items()]
        hidden = leaky_relu(torch.cat(parts, dim=1), _SLOPE)
        features = [hidden]
        for layer in self.layers:
            hidden = leaky_relu(layer(hidden), _SLOPE)
            features.append(hidden)
        logits = self.head(hidden).squeeze(1)
        if self.project is not None:
            projected = self.project(condition.pooled.to(hidden.dtype))
            logits = logits + (projected * hidden).sum(1) / math.sqrt(hidden.shape[1])
        return Critique(logits, tuple(features))
