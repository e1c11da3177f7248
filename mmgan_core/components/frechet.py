"""Fréchet distance of Gaussian fits: |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)).

Heusel et al. 2017, https://arxiv.org/abs/1706.08500, compute it in Inception features and call it
FID. Here it is computed in the features of the recipe's own evaluator, or of an encoder that the
recipe names, so it is not an FID.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from torch import Tensor

from mmgan_core.components.feature_metric import FeatureMetric, FeatureOptions
from mmgan_core.contracts import Evaluated, Measurement
from mmgan_core.options import Options as BaseOptions

Matrix = npt.NDArray[np.float64]


class FrechetOptions(FeatureOptions):
    """Options of `core/frechet`."""


class Frechet(FeatureMetric):
    """Compares made samples with real ones; the floor compares real ones, with the same n."""

    Options: ClassVar[type[BaseOptions]] = FrechetOptions
    title = "Fréchet distance"
    explains: ClassVar[Mapping[str, str]] = {
        title: "How far made samples as a whole are from real ones, as a network sees "
        "them. It is not the FID, and numbers of different networks cannot be compared.",
    }

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return one number, or nothing for fewer than two samples."""
        made, true, other = self.features(fake, real, held_out)
        if len(made) < 2:
            return []
        fits = [fitted(one) for one in (made, true, other)]
        return [
            Measurement(
                self.title,
                distance(fits[0], fits[1]),
                floor=distance(fits[2], fits[1]),
                better="lower",
                n=len(made),
            )
        ]


def distance(one: tuple[Matrix, Matrix], other: tuple[Matrix, Matrix]) -> float:
    """The Fréchet distance of two Gaussians, each a mean (F,) and a covariance (F, F)."""
    (mean1, cov1), (mean2, cov2) = one, other
    # tr (S1 S2)^(1/2) is the sum of the singular values of S1^(1/2) S2^(1/2). The roots of the
    # eigenvalues of S1 S2 would have half as many exact digits if S1 or S2 is singular.
    shared = np.linalg.svd(_root(cov1) @ _root(cov2), compute_uv=False).sum()
    trace = np.trace(cov1) + np.trace(cov2) - 2 * shared
    return float(max(0.0, ((mean1 - mean2) ** 2).sum() + trace))


def _root(covariance: Matrix) -> Matrix:
    values, vectors = np.linalg.eigh(covariance)
    root: Matrix = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    return root


def fitted(features: Tensor) -> tuple[Matrix, Matrix]:
    """The Gaussian of features (N, F): its mean and its covariance."""
    array = features.numpy()
    return array.mean(0), np.atleast_2d(np.cov(array, rowvar=False))
