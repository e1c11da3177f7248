"""A mixture of Gaussians: log-densities, and samples of some coordinates given the others."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Mixture:
    """A density of vectors (R,), in double precision.

    Attributes:
        weights: the probability of each component, (K,).
        means: the mean of each component, (K, R).
        factors: the Cholesky factor of each component's covariance, (K, R, R), lower triangular.
    """

    weights: Tensor
    means: Tensor
    factors: Tensor

    def joint(self, rows: Tensor) -> Tensor:
        """The log-density of each row, (N, R), together with each component: (N, K)."""
        white = _white(rows, self.means, self.factors)
        volume = self.factors.diagonal(dim1=1, dim2=2).log().sum(1)
        constant = 0.5 * rows.shape[1] * math.log(2 * math.pi)
        each: Tensor = -0.5 * white.square().sum(1) - (volume + constant)[:, None]
        return each.T + self.weights.log()

    def likelihood(self, rows: Tensor) -> float:
        """The mean log-likelihood of rows, (N, R)."""
        return float(self.joint(rows).logsumexp(1).mean())

    def reordered(self, order: Tensor) -> Mixture:
        """The density of the same vectors with their coordinates in another order, (R,)."""
        triangle = torch.linalg.qr(self.factors[:, order].mT)[1].mT
        # A QR decomposition leaves the signs open; positive ones are the Cholesky factor's.
        signs = triangle.diagonal(dim1=1, dim2=2).sign()
        return Mixture(self.weights, self.means[:, order], triangle * signs[:, None, :])

    def completion(self, given: int) -> Completion:
        """What samples the other coordinates of rows of which the first ones are given; 0: all."""
        corner = self.factors[:, :given, :given]
        whitening = torch.linalg.solve_triangular(
            corner, torch.eye(given).to(corner).expand_as(corner), upper=False
        )
        volume = corner.diagonal(dim1=1, dim2=2).log().sum(1)
        return Completion(
            means=self.means,
            rest=self.factors[:, given:],
            whitening=whitening,
            weights=self.weights.log() - volume,
        )


@dataclass(frozen=True)
class Completion:
    """Samples the last coordinates of rows, given the first A ones, of a mixture of Gaussians.

    Attributes:
        means: the mean of each component, (K, R).
        rest: the rows of its Cholesky factor that belong to the last coordinates, (K, R - A, R).
        whitening: the inverse of the factor of the first coordinates, (K, A, A).
        weights: the logarithm of its probability and of the volume of that factor, (K,).
    """

    means: Tensor
    rest: Tensor
    whitening: Tensor
    weights: Tensor

    def __call__(self, known: Tensor, place: Tensor, normal: Tensor) -> Tensor:
        """Sample the last coordinates.

        Args:
            known: the first coordinates, (N, A); A may be 0.
            place: where each row's component lies in their cumulated probabilities, (N,), from 0
                to 1.
            normal: samples of N(0, 1) for the coordinates that are missing, (N, R - A).

        Returns:
            The last coordinates, (N, R - A).
        """
        given = known.shape[1]
        difference = known[None] - self.means[:, None, :given]
        white = difference @ self.whitening.mT  # (K, N, A)
        likely = self.weights[:, None] - 0.5 * white.square().sum(2)
        chances = likely.softmax(0).cumsum(0)
        # Rounding may put a place beyond the last bound.
        chosen = (chances < place).sum(0).clamp_max(len(self.weights) - 1)
        rows = torch.arange(len(known), device=known.device)
        both = torch.cat([white[chosen, rows], normal], dim=1)
        drawn: Tensor = (self.rest[chosen] @ both[..., None])[..., 0]
        return self.means[chosen, given:] + drawn


def _white(rows: Tensor, means: Tensor, factors: Tensor) -> Tensor:
    """Rows as samples of N(0, I), if they were sampled from each component: (K, R, N)."""
    difference = (rows[None] - means[:, None]).mT
    white: Tensor = torch.linalg.solve_triangular(factors, difference, upper=False)
    return white
