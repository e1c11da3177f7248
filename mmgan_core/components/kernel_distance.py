"""Kernel distance: the squared maximum mean discrepancy of features, without bias.

With the kernel k(a, b) = (a . b / F + 1)^3 of features of size F, and m samples of each kind,

    sum_{i != j} (k(x_i, x_j) + k(y_i, y_j)) / (m (m-1)) - 2 sum_{i, j} k(x_i, y_j) / m^2

the mean over 100 subsets of 1,000, or of all samples if there are no more. Binkowski et al. 2018,
https://arxiv.org/abs/1801.01401, compute it in Inception features and call it KID. It has no bias
for few samples, which the Fréchet distance has; it may be below 0 where both kinds are alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from mmgan_core.components.feature_metric import FeatureMetric, FeatureOptions
from mmgan_core.contracts import Evaluated, Measurement
from mmgan_core.options import Options as BaseOptions

SEED = 0


class KernelDistanceOptions(FeatureOptions):
    """Options of `core/kernel-distance`."""

    subsets: int = Field(100, ge=1, description="how many subsets of the samples are compared")
    subset_size: int = Field(1_000, ge=2, description="how many samples a subset has")


class KernelDistance(FeatureMetric):
    """Compares made samples with real ones; the floor compares real ones, with the same n."""

    Options: ClassVar[type[BaseOptions]] = KernelDistanceOptions
    title = "kernel distance"
    explains: ClassVar[Mapping[str, str]] = {
        title: "How far made samples as a whole are from real ones, as a network sees them, "
        "without the bias that few samples give other distances; near 0, it may be below."
    }
    subsets, subset_size = 100, 1_000

    def __init__(self, options: BaseOptions) -> None:
        super().__init__(options)
        if isinstance(options, KernelDistanceOptions):
            self.subsets, self.subset_size = options.subsets, options.subset_size

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return one number, or nothing for fewer than two samples."""
        made, true, other = self.features(fake, real, held_out)
        if len(made) < 2:
            return []
        value, floor = (self._mean(one, true) for one in (made, other))
        return [Measurement(self.title, value, floor=floor, better="lower", n=len(made))]

    def _mean(self, one: Tensor, other: Tensor) -> float:
        count = len(one)
        if count <= self.subset_size:
            return discrepancy(one, other)
        random = np.random.Generator(np.random.PCG64(SEED))

        def some(of: Tensor) -> Tensor:
            return of[torch.from_numpy(random.permutation(count)[: self.subset_size])]

        found = [discrepancy(some(one), some(other)) for _ in range(self.subsets)]
        return sum(found) / len(found)


def discrepancy(one: Tensor, other: Tensor) -> float:
    """The estimate of the squared discrepancy of as many features of each, both (M, F)."""
    count = len(one)

    def kernel(a: Tensor, b: Tensor) -> Tensor:
        return (a @ b.T / a.shape[1] + 1) ** 3

    within = sum(k.sum() - k.diagonal().sum() for k in (kernel(one, one), kernel(other, other)))
    return float(within / (count * (count - 1)) - 2 * kernel(one, other).mean())
