"""What metrics share that compare samples in features which nothing of ours has learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from mmgan_core.components.feature_metric import BATCH, FeatureOptions
from mmgan_core.contracts import Evaluated, Metric
from mmgan_core.errors import UsageError


class FrozenFeatures(Metric):
    """A metric in the features of the encoder that its kind of data suggests, or of a named one."""

    takes_features: ClassVar[bool] = True

    def __init__(self, options: FeatureOptions) -> None:
        super().__init__(options)
        self.encoder = options.encoder
        self._known: list[tuple[Sequence[object], Tensor]] = []

    def features(self, by: Evaluated, values: Sequence[object]) -> Tensor:
        """The features of values, (N, F), in double precision.

        Raises:
            UsageError: if the encoder makes no vector.
        """
        parts = [by.encode(values[at : at + BATCH]).pooled for at in range(0, len(values), BATCH)]
        found = torch.cat(parts).double().cpu() if parts else torch.empty(0, 1).double()
        if not found.shape[1]:
            raise UsageError(
                "a metric of features was given an encoder that makes no vector",
                hint="choose another encoder; mmgan-zoo ls encoders lists them",
            )
        return found

    def features_of_data(self, real: Evaluated) -> Tensor:
        """The features of real samples as the data hold them, or as values if only these are known.

        They are the same whatever is given, so they are computed once.
        """
        data = real.raw if "raw" in real.has else real.values
        for seen, found in self._known:
            if seen is data:
                return found
        features = self.features(real, data)
        self._known = [*self._known[-1:], (data, features)]
        return features


def scale_of(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each feature, (F,); a constant one has the deviation 1."""
    mean, deviation = features.mean(0), features.std(0, correction=0)
    return mean, torch.where(deviation > 1e-9 * (1 + mean.abs()), deviation, 1.0)
