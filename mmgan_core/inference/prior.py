"""The prior: a density of the encodings of given entries, from which the missing ones are drawn.

Without it, nothing given is a condition of zeros, which lies far from those of all rows. The prior
is a mixture of Gaussians over the encodings of all entries together, in the few directions in which
the encodings of each entry vary. What is given decides, by Bayes' rule, from which part of it the
rest is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from mmgan_core.assembly.gan import GAN
from mmgan_core.contracts import Condition, Encoding
from mmgan_core.errors import IntegrityError
from mmgan_core.foundation.randomness import derived_seed
from mmgan_core.foundation.seeds import Seed, seed_of_row
from mmgan_core.inference.expectation_maximisation import chosen_mixture
from mmgan_core.inference.mixture import Completion, Mixture

MOST_COMPONENTS, MOST_DIRECTIONS = 256, 128
# Directions that hold less than this share of an entry's variance are left out; and all entries
# together keep no more than DIRECTIONS.
_LEFT_OUT, DIRECTIONS = 1e-3, 32
_MIXTURE = ("weights", "means", "factors")


@dataclass(frozen=True)
class Directions:
    """The directions in which the encodings of one entry vary.

    Attributes:
        centre: the mean encoding, (E,).
        basis: orthogonal directions, (R, E). Their length is the standard deviation of encodings,
            the same for all, so that all entries count alike.
    """

    centre: Tensor
    basis: Tensor

    def of(self, encodings: Tensor) -> Tensor:
        """The coordinates, (N, R), of encodings, (N, E)."""
        return (encodings - self.centre) @ self.basis.T / self.basis.square().sum(1)

    def encodings(self, coordinates: Tensor) -> Tensor:
        """The encodings, (N, E), with these coordinates, (N, R)."""
        return self.centre + coordinates @ self.basis


@dataclass(frozen=True)
class _Others:
    """What samples the coordinates of some entries, given those of all others.

    Attributes:
        names: the entries.
        sizes: how many coordinates each has.
        places: where they lie among those of all entries.
        completion: what samples them.
    """

    names: Sequence[str]
    sizes: list[int]
    places: Tensor
    completion: Completion


@dataclass(frozen=True)
class Prior:
    """A density of the pooled encodings of all given entries.

    Attributes:
        mixture: the density of the coordinates of all entries, one entry after the other.
        directions: the directions of each entry, in the recipe's order.
        orders: what samples the others, and where their coordinates lie, by the entries that were
            given so far.
    """

    mixture: Mixture
    directions: Mapping[str, Directions]
    orders: dict[tuple[str, ...], _Others] = field(default_factory=dict, compare=False)

    @classmethod
    def fitted(cls, encodings: Mapping[str, Tensor], *, components: int, seed: int = 0) -> Prior:
        """Fit a prior to the pooled encodings, (N, E), of each entry in the same rows.

        Args:
            components: the largest number of Gaussians.
            seed: decides where fitting starts.
        """
        most = max(1, DIRECTIONS // len(encodings))
        found = {name: _directions(rows.double(), most) for name, rows in encodings.items()}
        rows = torch.cat([found[name].of(one.double()) for name, one in encodings.items()], dim=1)
        return cls(chosen_mixture(rows, components, seed=seed), found)

    def drawn(
        self, given: Mapping[str, Tensor], seed: Seed, rows: Sequence[int]
    ) -> dict[str, Tensor]:
        """Draw the encodings, (B, E), of the entries that are not given, on the CPU.

        Each row depends on its given values, the seed and its number alone. It depends on none of
        the numbers that noise is sampled from: the noise of a sample stays the same, whatever is
        given.

        Args:
            given: the pooled encodings, (B, E), of the entries that are given.
            seed: decides the draws.
            rows: the numbers of the rows, B of them.
        """
        others = self._others(tuple(given))
        known = [self.directions[name].of(one.cpu().double()) for name, one in given.items()]
        place, normal = _numbers(seed, rows, len(self.mixture.means[0]))
        found = others.completion(
            torch.cat([normal[:, :0], *known], dim=1), place, normal[:, others.places]
        )
        parts = found.split(others.sizes, dim=1)
        return {
            name: self.directions[name].encodings(part).float()
            for name, part in zip(others.names, parts, strict=True)
        }

    def _others(self, given: tuple[str, ...]) -> _Others:
        """What samples the entries that are not given."""
        if given not in self.orders:
            places = self._places()
            missing = [name for name in self.directions if name not in given]
            order = torch.cat([places[name] for name in (*given, *missing)])
            count = sum(len(places[name]) for name in given)
            mixture = self.mixture.reordered(order) if given else self.mixture
            sizes = [len(places[name]) for name in missing]
            self.orders[given] = _Others(missing, sizes, order[count:], mixture.completion(count))
        return self.orders[given]

    def _places(self) -> dict[str, Tensor]:
        """The places of each entry's coordinates in those of all entries."""
        sizes = [len(one.basis) for one in self.directions.values()]
        places = torch.arange(sum(sizes)).split(sizes)
        return dict(zip(self.directions, places, strict=True))

    def tensors(self) -> dict[str, Tensor]:
        """The tensors of a file of the prior, by name."""
        named = {name: getattr(self.mixture, name) for name in _MIXTURE}
        for name, one in self.directions.items():
            named |= {f"centre.{name}": one.centre, f"basis.{name}": one.basis}
        return {name: tensor.float().contiguous() for name, tensor in named.items()}

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor], dims: Mapping[str, int], where: str) -> Prior:
        """Check tensors that were read from a file, and return them as a prior.

        Args:
            dims: the size of each given entry's pooled encoding.
            where: the file, for messages.

        Raises:
            IntegrityError: if they are not the tensors of a prior over such encodings.
        """
        fault = _fault(tensors, dims)
        if fault:
            raise IntegrityError(
                f"{where} is no prior for its recipe: {fault}",
                hint="pull the model again, or make it again: mmgan-zoo export RUN",
            )
        exact = {name: tensor.double() for name, tensor in tensors.items()}
        mixture = Mixture(*(exact[name] for name in _MIXTURE))
        return cls(
            mixture,
            {name: Directions(exact[f"centre.{name}"], exact[f"basis.{name}"]) for name in dims},
        )


def fused_with_drawn(
    gan: GAN,
    encodings: Mapping[str, Encoding],
    drawn: Mapping[str, Tensor],
    *,
    count: int,
    device: torch.device,
) -> dict[str, Condition]:
    """The condition of rows, by made entry, of what is given and of vectors that were drawn.

    Tokens and maps are those of the given entries alone: the prior draws pooled encodings.

    Args:
        encodings: the encodings of the entries that are given, (B, ...).
        drawn: the pooled encodings, (B, E), of those that are not.
        count: how many rows there are, B.
    """
    like = torch.zeros(count, device=device)
    there = torch.ones_like(like, dtype=torch.bool)
    if not drawn:
        return gan.conditions(encodings, dict.fromkeys(encodings, there), like=like)
    pooled = {name: one.pooled for name, one in encodings.items() if name in gan.dims}
    vectors = pooled | dict(drawn)
    whole = {n: replace(gan.spaces[n].zeros(count, device), pooled=v) for n, v in vectors.items()}
    fused = gan.conditions(whole, dict.fromkeys(whole, there), like=like)
    vectors_alone = gan.tokens is None and gan.maps is None
    if vectors_alone and all(one.places is None for one in encodings.values()):
        return fused
    known = gan.conditions(encodings, dict.fromkeys(encodings, there), like=like)
    return {name: replace(one, pooled=fused[name].pooled) for name, one in known.items()}


def _numbers(seed: Seed, rows: Sequence[int], count: int) -> tuple[Tensor, Tensor]:
    """A number from 0 to 1 for each row, (B,), and numbers from N(0, 1), (B, count)."""
    places = torch.empty(len(rows), dtype=torch.float64)
    normals = torch.empty(len(rows), count, dtype=torch.float64)
    random = torch.Generator()
    for place, row in enumerate(rows):
        own, number = seed_of_row(seed, row)
        random.manual_seed(derived_seed(own, "prior", number))
        places[place : place + 1].uniform_(generator=random)
        normals[place].normal_(generator=random)
    return places, normals


def _directions(rows: Tensor, most: int) -> Directions:
    """The principal directions of rows, (N, E), at most this many."""
    centre = rows.mean(0)
    variances, vectors = torch.linalg.eigh((rows - centre).T @ (rows - centre) / len(rows))
    variances, vectors = variances.flip(0).clamp_min(0), vectors.flip(1)
    total = variances.sum().clamp_min(1e-12)
    rest = 1 - variances.cumsum(0) / total
    kept = min(int((rest > _LEFT_OUT).sum()) + 1, most, len(variances))
    return Directions(centre, vectors[:, :kept].T * total.sqrt())


def _fault(tensors: Mapping[str, Tensor], dims: Mapping[str, int]) -> str:
    """Return what is wrong with the tensors of a prior; empty if nothing is."""
    ranks = {name: _length(tensors.get(f"basis.{name}")) for name in dims}
    count, rank = _length(tensors.get("weights")), sum(ranks.values())
    wanted: dict[str, tuple[int, ...]] = {
        "weights": (count,),
        "means": (count, rank),
        "factors": (count, rank, rank),
    }
    for name, dim in dims.items():
        wanted |= {f"centre.{name}": (dim,), f"basis.{name}": (ranks[name], dim)}
    for name in sorted({*wanted, *tensors}):
        if name not in wanted:
            return f"{name[:80]!r} belongs to no part"
        if name not in tensors:
            return f"{name[:80]!r} is missing"
        shape, found = wanted[name], tensors[name]
        if tuple(found.shape) != shape or found.dtype != torch.float32:
            return f"{name!r} is {found.dtype} {list(found.shape)}, not float32 {list(shape)}"
        if not found.isfinite().all():
            return f"{name!r} is not finite"
    if not 1 <= count <= MOST_COMPONENTS or not 1 <= rank <= MOST_DIRECTIONS:
        return (
            f"it has {count:,} components in {rank:,} directions, and there may be 1 to "
            f"{MOST_COMPONENTS} in 1 to {MOST_DIRECTIONS}"
        )
    weights, factors = tensors["weights"], tensors["factors"]
    if (weights < 0).any() or abs(float(weights.sum()) - 1) > 1e-3:
        return "'weights' are no probabilities"
    if (factors.diagonal(dim1=1, dim2=2) <= 0).any() or factors.triu(1).any():
        return "'factors' are no Cholesky factors"
    if not all(tensors[f"basis.{name}"].square().sum(1).all() for name in dims):
        return "a direction has no length"
    return ""


def _length(tensor: Tensor | None) -> int:
    return len(tensor) if tensor is not None and tensor.dim() else 0
