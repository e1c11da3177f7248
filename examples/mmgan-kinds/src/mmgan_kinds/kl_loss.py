"""How far the condition's Gaussian is from the unit one, which is what a VAE pays for knowing z.

    mean over rows of sum (mean^2 + variance - 1 - log variance) / 2          in nats

Kingma and Welling 2014, https://arxiv.org/abs/1312.6114, appendix B. Use it with the fusion and the
generator `kinds/posterior`, and `train: {encoders: generator}`.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from mmgan_core import BadValue, Options
from mmgan_core.contracts import AuxiliaryLoss, GeneratorStep


class KLOptions(Options):
    """`kinds/kl` has no options."""


class KL(AuxiliaryLoss):
    """A sum over the numbers of z, a mean over rows."""

    Options = KLOptions
    of_condition: ClassVar[bool] = True

    def forward(self, step: GeneratorStep) -> Tensor:
        """0 where nothing given says anything about z."""
        pooled = step.condition.pooled.float()
        if not pooled.shape[1] or pooled.shape[1] % 2:
            raise BadValue("kinds/kl needs means and log-variances: the fusion kinds/posterior")
        mean, log_variance = pooled.chunk(2, dim=1)
        each = mean.square() + log_variance.exp() - 1 - log_variance
        return each.sum(1).mean() / 2
