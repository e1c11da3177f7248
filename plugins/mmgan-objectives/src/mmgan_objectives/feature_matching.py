"""Feature matching: made samples drawn to real ones in the discriminator's inner activations.

With f_l the features of layer l, the mean over layers of

    |mean of f_l(y) - mean of f_l(x)|        means over the batch
    mean of |f_l(y_i) - f_l(x_i)|            row by row, with `rows`

Salimans et al. 2016, "Improved techniques for training GANs", https://arxiv.org/abs/1606.03498 (the
former, squared); Wang et al. 2018, "High-resolution image synthesis and semantic manipulation with
conditional GANs", https://arxiv.org/abs/1711.11585 (the latter). Any modality; the discriminator
must give features.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core.contracts import AuxiliaryLoss, GeneratorStep
from mmgan_core.errors import BadValue
from mmgan_core.options import Options


class FeatureMatchingOptions(Options):
    """Options of `objectives/feature-matching`."""

    rows: bool = Field(
        False, description="row by row, where the condition all but decides the sample"
    )


class FeatureMatching(AuxiliaryLoss):
    """Every layer counts the same, however large it is."""

    Options = FeatureMatchingOptions
    options: FeatureMatchingOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"rows": True})

    def forward(self, step: GeneratorStep) -> Tensor:
        """0 where real and made samples have the same features."""
        if not step.of_fake.features:
            raise BadValue(
                "objectives/feature-matching: the discriminator gives no features: take another, "
                "or leave the term out"
            )
        nothing_given = not step.condition.pooled.shape[1] and step.condition.masked is None
        if self.options.rows and nothing_given:
            raise BadValue(
                "objectives/feature-matching: nothing is given, and rows of real and made samples "
                "have nothing to do with one another: say rows: false"
            )
        layers = zip(step.of_fake.features, step.of_real.features, strict=True)
        return torch.stack([self._apart(fake, real.detach()) for fake, real in layers]).mean()

    def _apart(self, fake: Tensor, real: Tensor) -> Tensor:
        apart = fake.float() - real.float()
        return (apart if self.options.rows else apart.mean(0)).abs().mean()
