"""Decodes a sample of the Gaussian that the condition describes: the decoder half of a VAE.

    z = mean + exp(log-variance / 2) noise,   x = layers(z)

The noise of the toolkit is the eps of the reparametrisation, so that a seed decides the sample, and
nothing given samples the prior. Kingma and Welling 2014, "Auto-encoding variational Bayes",
https://arxiv.org/abs/1312.6114.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field, PositiveInt
from torch import Tensor, nn

from mmgan_core import BadValue, Options
from mmgan_core.components.dense_generator import DenseGenerator, DenseGeneratorOptions
from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace


class PosteriorGeneratorOptions(Options):
    """Options of the generator `kinds/posterior`."""

    hidden: tuple[PositiveInt, ...] = Field((256, 256), description="sizes of the hidden layers")


class PosteriorGenerator(Generator):
    """Noise (B, Z) and means and log-variances (B, 2 Z) to samples (B, *shape)."""

    Options = PosteriorGeneratorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"hidden": (8,)},)

    def __init__(
        self, options: PosteriorGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        if not condition.dim or condition.dim % 2:
            raise BadValue(
                f"the condition must hold means and log-variances, not {condition.dim} numbers: "
                "choose the fusion kinds/posterior"
            )
        self.noise_dim = condition.dim // 2
        inner = DenseGeneratorOptions(noise_dim=self.noise_dim, hidden=options.hidden)
        self.decoder: nn.Module = DenseGenerator(inner, space, ConditionSpace(dim=0))

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Sample z and decode it."""
        mean, log_variance = condition.pooled.chunk(2, dim=1)
        z = mean + (log_variance / 2).exp() * noise
        made: Tensor = self.decoder(z, Condition(z.new_zeros(len(z), 0)))
        return made
