"""Feature matching: fake samples get the discriminator's features of real ones.

With f_l the features of layer l, fake samples y and real samples x, it is the mean over layers of

    |mean of f_l(y) - mean of f_l(x)|        means over the batch
    mean of |f_l(y_i) - f_l(x_i)|            row by row, with `rows`

The former, squared: Salimans et al. 2016, "Improved techniques for training GANs",
https://arxiv.org/abs/1606.03498. The latter: Wang et al. 2018, "High-resolution image synthesis and
semantic manipulation with conditional GANs", https://arxiv.org/abs/1711.11585. It works for any
modality; the discriminator must return features.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core.contracts import AuxiliaryLoss, Condition, GeneratorStep, cut, mean_where
from mmgan_core.errors import BadValue
from mmgan_core.options import Options


class FeatureMatchingOptions(Options):
    """Options of `objectives/feature-matching`."""

    rows: bool = Field(
        False, description="compare row by row; for conditions that almost decide the sample"
    )
    every_discriminator: bool = Field(
        False, description="match features of all discriminators, and not of the first alone"
    )
    wait: bool = Field(False, description="0, and without cost, until the adversarial loss counts")


class FeatureMatching(AuxiliaryLoss):
    """Every layer has the same weight, however large it is."""

    Options = FeatureMatchingOptions
    options: FeatureMatchingOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"rows": True}, {"rows": True, "every_discriminator": True, "wait": True})

    def forward(self, step: GeneratorStep) -> Tensor:
        """0 where real and fake samples have the same features."""
        if self.options.wait and not step.adversarial:
            return step.fake.new_zeros(())
        if self.options.rows and _decides_nothing(step.condition):
            raise BadValue(
                "objectives/feature-matching: nothing is given, so rows of real and fake samples "
                "do not belong together: set rows: false"
            )
        steps = (step, *step.against) if self.options.every_discriminator else (step,)
        return torch.stack([self._of_one(one) for one in steps]).mean()

    def _of_one(self, step: GeneratorStep) -> Tensor:
        of_fake, of_real = step.of_fake, step.of_real
        if not of_fake.features:
            raise BadValue(
                "objectives/feature-matching: the discriminator returns no features: choose "
                "another, or leave this loss out"
            )
        places = of_fake.feature_places or (None,) * len(of_fake.features)
        layers = zip(of_fake.features, of_real.features, places, strict=True)
        found = [
            self._distance(fake, real.detach(), real_places) for fake, real, real_places in layers
        ]
        return torch.stack(found).mean()

    def _distance(self, fake: Tensor, real: Tensor, places: Tensor | None) -> Tensor:
        apart = fake.float() - real.float()
        if self.options.rows:
            return mean_where(apart.abs(), places)
        if places is None:
            return apart.mean(0).abs().mean()
        rows = places.sum(0)  # how many rows are real at each place
        mean = cut(apart, places).sum(0) / rows.clamp_min(1)
        return mean_where(mean.abs(), rows)


def _decides_nothing(condition: Condition) -> bool:
    parts = (condition.tokens, condition.maps, condition.masked)
    return not condition.pooled.shape[1] and all(part is None for part in parts)
