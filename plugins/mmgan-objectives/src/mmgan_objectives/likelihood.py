"""Likelihood: how unlikely real samples are under the generator, for each number or choice.

    L = -sum over rows of log p(x | c) / sum over rows of how many numbers or choices x has

in nats. Minimising it is maximum likelihood. Only a generator that knows p(x | c) can be taught so,
see `Generator.log_likelihood`. With `adversarial_start`, and a weight that falls, likelihood comes
first and the adversary later: Yu et al. 2017, "SeqGAN", https://arxiv.org/abs/1609.05473.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from mmgan_core.contracts import AuxiliaryLoss, GeneratorStep
from mmgan_core.options import Options


class LikelihoodOptions(Options):
    """`objectives/likelihood` has no options."""


class Likelihood(AuxiliaryLoss):
    """A mean over all numbers or choices of all rows that are no padding."""

    Options = LikelihoodOptions
    needs_likelihood: ClassVar[bool] = True
    needs_fake: ClassVar[bool] = False

    def forward(self, step: GeneratorStep) -> Tensor:
        """The cross-entropy in nats; a density can be over 1, so it can be negative."""
        places = step.condition.places
        found = step.generator.log_likelihood(step.real, step.condition, places)
        return -found.sum() / step.generator.likelihood_dims(step.real, places).sum()
