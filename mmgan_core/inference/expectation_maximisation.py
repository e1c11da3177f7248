"""Fits mixtures of Gaussians by expectation-maximisation; held-out rows decide how many.

Dempster, Laird and Rubin 1977, "Maximum likelihood from incomplete data via the EM algorithm". The
first means are chosen as in Arthur and Vassilvitskii 2007, "k-means++".
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from mmgan_core.inference.mixture import Mixture

# What is added to variances, as a share of the mean variance: equal rows are points.
_FLOOR = 1e-4
_STEPS, _ENOUGH = 100, 1e-3
_HELD_OUT = 10  # every tenth row


def chosen_mixture(rows: Tensor, most: int, *, seed: int = 0) -> Mixture:
    """Fit a mixture to rows, (N, R), in double precision.

    It tries 1, 2, 4, ... components, and takes the number under which every tenth row, which is
    held out, is most likely; then it fits that many to all rows.

    Args:
        rows: the rows, at least one.
        most: the largest number of components.
        seed: decides the first means.
    """
    held_out = torch.arange(len(rows)) % _HELD_OUT == _HELD_OUT - 1
    seen, unseen = rows[~held_out], rows[held_out]
    if not len(unseen):
        return fitted_mixture(rows, 1, seed=seed)
    scores = {
        count: fitted_mixture(seen, count, seed=seed).likelihood(unseen)
        for count in _counts(min(most, len(seen)))
    }
    return fitted_mixture(rows, max(scores, key=lambda count: scores[count]), seed=seed)


def fitted_mixture(rows: Tensor, count: int, *, seed: int = 0) -> Mixture:
    """Fit a mixture with this many components to rows, (N, R)."""
    floor = _FLOOR * float(rows.var(0, correction=0).mean()) + 1e-12
    nearest = torch.cdist(rows, _first_means(rows, count, seed)).argmin(1)
    found, before = _maximised(rows, one_hot(nearest, count).to(rows), floor), -math.inf
    for _ in range(_STEPS):
        joint = found.joint(rows)
        likelihood = float(joint.logsumexp(1).mean())
        if likelihood - before < _ENOUGH:
            break
        found, before = _maximised(rows, joint.softmax(1), floor), likelihood
    return found


def _counts(most: int) -> list[int]:
    """The numbers of components to try: the powers of two below the largest one, and that."""
    return [*(2**n for n in range(most.bit_length()) if 2**n < most), most]


def _maximised(rows: Tensor, share: Tensor, floor: float) -> Mixture:
    """The most likely mixture if rows belong to its components in these shares, (N, K)."""
    count = share.sum(0).clamp_min(1e-9)
    means = share.T @ rows / count[:, None]
    apart = rows[None] - means[:, None]  # (K, N, R)
    covariances = (apart * share.T[:, :, None]).mT @ apart / count[:, None, None]
    covariances += floor * torch.eye(rows.shape[1]).to(rows)
    return Mixture(count / count.sum(), means, torch.linalg.cholesky(covariances))


def _first_means(rows: Tensor, count: int, seed: int) -> Tensor:
    """Choose rows that lie far apart: each with a probability by its squared distance."""
    random = torch.Generator().manual_seed(seed)
    chosen = [int(torch.randint(len(rows), (1,), generator=random))]
    nearest = (rows - rows[chosen[0]]).square().sum(1)
    while len(chosen) < count:
        # If all rows are chosen or alike, any of them will do.
        chances = nearest if float(nearest.sum()) > 0 else torch.ones_like(nearest)
        chosen.append(int(torch.multinomial(chances, 1, generator=random)))
        nearest = torch.minimum(nearest, (rows - rows[chosen[-1]]).square().sum(1))
    return rows[chosen]
