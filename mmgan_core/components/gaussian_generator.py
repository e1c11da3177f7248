"""A conditional Gaussian: a generator that knows exactly how likely a sample is.

    x = m(c) + s(c) z        log p(x | c) = -sum over numbers of (z^2 + log 2 pi) / 2 + log s(c)

Dense layers turn the condition c into a mean m, within the samples' range, and a deviation s for
each number of a sample. It is the mixture density network of Bishop 1994 with one component,
https://doi.org/10.1109/ICNN.1994.374138.

Use it where a condition leaves one vague answer (a measurement, a setting), and as the simplest
thing that a likelihood can teach. Numbers of a sample are independent under a condition, so
pictures of it are grainy.
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


class GaussianGeneratorOptions(Options):
    """Options of the generator `core/gaussian`."""

    hidden: tuple[PositiveInt, ...] = Field((128, 128), description="sizes of the hidden layers")
    smallest: float = Field(
        0.01, gt=0, lt=1, description="smallest deviation, as a fraction of the samples' range"
    )


class GaussianGenerator(Generator):
    """(B, Z) noise, a number for each number of a sample, and (B, dim) condition to (B, *shape)."""

    Options = GaussianGeneratorOptions
    options: GaussianGeneratorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"hidden": (16,)}, {"hidden": (), "smallest": 0.1})

    def __init__(
        self, options: GaussianGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.noise_dim = math.prod(space.shape)
        # A constant input, so that there is one without a condition too.
        sizes = [1 + condition.dim, *options.hidden]
        layers: list[nn.Module] = []
        for one, next_ in itertools.pairwise(sizes):
            layers += [nn.Linear(one, next_), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Linear(sizes[-1], 2 * self.noise_dim))

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make samples; a few lie outside the range, as a Gaussian's do."""
        mean, deviation = self._moments(condition)
        return (mean + deviation * noise.float()).view(-1, *self.space.shape)

    def log_likelihood(
        self, sample: Tensor, condition: Condition, mask: Tensor | None = None
    ) -> Tensor:
        """The logarithm of the density, (B,)."""
        mean, deviation = self._moments(condition)
        z = (sample.float().flatten(1) - mean) / deviation
        each = -0.5 * (z.square() + math.log(2 * math.pi)) - deviation.log()
        if mask is not None:
            each = each * mask.to(each).expand_as(sample).flatten(1)
        return each.sum(1)

    def _moments(self, condition: Condition) -> tuple[Tensor, Tensor]:
        """The mean and the deviation of each number, (B, Z)."""
        pooled = condition.pooled
        constant = pooled.new_ones(pooled.shape[0], 1)
        raw = self.layers(torch.cat([constant, pooled], dim=1)).float()
        middle, spread = torch.sigmoid(raw).chunk(2, dim=1)
        low, span = self.space.low, self.space.high - self.space.low
        smallest = self.options.smallest
        return low + span * middle, span * (smallest + (1 - smallest) * spread)
