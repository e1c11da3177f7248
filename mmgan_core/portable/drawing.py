"""The prior as a part of a graph: it draws the encodings of entries that are absent.

``Prior.drawn`` reorders each component's Cholesky factor so that the coordinates of what is given
come first. A graph cannot, so the factors for every set of given entries lie in it:

    given:    w = inv(L_gg) (x_g - m_g)         says how likely the component is
    missing:  x_m = m_m + L_mg w + L_mm z       with z from N(0, 1)

Both lines are rows of one matrix, whose rows and columns are the coordinates in their own order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import compress, product

import torch
from torch import Tensor, nn

from mmgan_core.inference.prior import Prior

MOST_ENTRIES = 6
"""The matrices of so many entries are for 64 sets of them."""


class Drawing(nn.Module):
    """Draws the encodings of absent entries, as ``Prior.drawn`` does; in double precision."""

    def __init__(self, prior: Prior) -> None:
        super().__init__()
        self.sizes = {name: len(one.basis) for name, one in prior.directions.items()}
        self.count = sum(self.sizes.values())
        places = torch.arange(self.count).split(list(self.sizes.values()))
        matrices, volumes = [], []
        for shown in product((False, True), repeat=len(self.sizes)):
            known = list(compress(places, shown))
            matrix, volume = _matrix(prior, torch.cat([*known, places[0][:0]]))
            matrices.append(matrix)
            volumes.append(volume)
        # Single precision, as in the file of the prior, for half the size.
        self.register_buffer("matrices", torch.stack(matrices).float())  # (S, K, R, R)
        self.register_buffer("volumes", torch.stack(volumes))  # (S, K)
        self.register_buffer("means", prior.mixture.means)  # (K, R)
        for name, one in prior.directions.items():
            self.register_buffer(f"centre_{name}", one.centre)
            self.register_buffer(f"basis_{name}", one.basis)
        self.matrices: Tensor
        self.volumes: Tensor
        self.means: Tensor

    def forward(
        self,
        pooled: Mapping[str, Tensor],
        present: Mapping[str, Tensor],
        place: Tensor,
        normal: Tensor,
    ) -> dict[str, Tensor]:
        """The encodings of all entries: drawn where they are absent, and as they are elsewhere.

        Args:
            pooled: the pooled encodings, (B, E), of all entries; anything where they are absent.
            present: for each entry whether it is present, ().
            place: where each row's component lies in their cumulated probabilities, (B,).
            normal: numbers from N(0, 1), (B, R).
        """
        names = list(self.sizes)
        weights = (2 ** (len(names) - 1 - k) for k in range(len(names)))
        shown = torch.stack(
            [present[n].long() * weight for n, weight in zip(names, weights, strict=True)]
        ).sum(0)
        known = torch.cat([present[n].expand(self.sizes[n]) for n in names])  # (R,)
        rows = torch.cat([self._coordinates(n, pooled[n], present[n]) for n in names], dim=1)
        off = torch.where(known, rows[:, None] - self.means, 0.0)  # (B, K, R)
        matrix = self.matrices[shown].double()  # (K, R, R)
        white = (off[:, :, None] * matrix).sum(3)  # (B, K, R)
        white = torch.where(known, white, 0.0)
        chances = self.volumes[shown] - 0.5 * white.square().sum(2)
        below = chances.softmax(1).cumsum(1) < place.double()[:, None]
        chosen = below.sum(1).clamp_max(self.means.shape[0] - 1)
        own = torch.arange(self.means.shape[0], device=chosen.device) == chosen[:, None]
        both = torch.where(known, (white * own[..., None]).sum(1), normal.double())  # (B, R)
        drawn = self.means[chosen] + (matrix[chosen] @ both[..., None])[..., 0]
        found = {}
        for name, part in zip(names, drawn.split(list(self.sizes.values()), 1), strict=True):
            made = self._of(f"centre_{name}") + part @ self._of(f"basis_{name}")
            found[name] = torch.where(present[name], pooled[name], made.float())
        return found

    def _of(self, name: str) -> Tensor:
        found: Tensor = getattr(self, name)
        return found

    def _coordinates(self, name: str, pooled: Tensor, present: Tensor) -> Tensor:
        basis, centre = self._of(f"basis_{name}"), self._of(f"centre_{name}")
        # What is absent may hold anything, and no number of it may spread.
        off = torch.where(present, pooled.double() - centre, 0.0)
        return off @ (basis / basis.square().sum(1, keepdim=True)).T


def _matrix(prior: Prior, known: Tensor) -> tuple[Tensor, Tensor]:
    """The matrix of each component if these coordinates are known, and what its chance begins with.

    Returns:
        (K, R, R) and (K,): the logarithm of its probability and of the volume of what is known.
    """
    mixture, count = prior.mixture, len(known)
    rest = [j for j in range(mixture.means.shape[1]) if j not in known.tolist()]
    order = torch.cat([known, torch.tensor(rest, dtype=torch.long)])
    factors = mixture.reordered(order).factors if count else mixture.factors
    inside = factors[:, :count, :count]
    both = factors.clone()
    both[:, :count, :count] = torch.linalg.inv(inside)
    placed = torch.zeros_like(both)
    placed[:, order[:, None], order] = both
    volume = inside.diagonal(dim1=1, dim2=2).log().sum(1) + 0.5 * count * math.log(2 * math.pi)
    return placed, mixture.weights.log() - volume
