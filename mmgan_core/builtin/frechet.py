"""Fréchet distance of Gaussian fits: |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)).

Heusel et al. 2017, https://arxiv.org/abs/1706.08500, there in Inception features and called FID;
here in the features of the recipe's own judge, and never called so.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from torch import Tensor

from mmgan_core.contracts import Judged, Measurement, Metric
from mmgan_core.options import Options

Matrix = npt.NDArray[np.float64]


class FrechetOptions(Options):
    """`core/frechet` has no options."""


class Frechet(Metric):
    """Made samples against real ones; the floor is real against other real ones, at the same n."""

    Options = FrechetOptions

    def measure(self, fake: Judged, real: Judged, held_out: Judged) -> list[Measurement]:
        """One number."""
        count = min(len(fake.features), len(real.features), len(held_out.features))
        made, true, other = (_fit(j.features[:count]) for j in (fake, real, held_out))
        return [
            Measurement(
                f"Fréchet distance (n = {count})",
                distance(made, true),
                floor=distance(other, true),
                better="lower",
            )
        ]


def distance(one: tuple[Matrix, Matrix], other: tuple[Matrix, Matrix]) -> float:
    """Of two Gaussians, each its mean (F,) and covariance (F, F)."""
    (mean1, cov1), (mean2, cov2) = one, other
    # The eigenvalues of S1^(1/2) S2 S1^(1/2) are those of S1 S2, and it is symmetric.
    values, vectors = np.linalg.eigh(cov1)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    inner = np.linalg.eigvalsh(root @ cov2 @ root)
    trace = np.trace(cov1) + np.trace(cov2) - 2 * np.sqrt(np.clip(inner, 0, None)).sum()
    return float(max(0.0, ((mean1 - mean2) ** 2).sum() + trace))


def _fit(features: Tensor) -> tuple[Matrix, Matrix]:
    array = features.double().numpy()
    return array.mean(0), np.atleast_2d(np.cov(array, rowvar=False))
