"""Directions of noise: along each, samples change in one way, which can be given a name.

*spectrum*: those along which samples change most, in the mean over noise: the eigenvectors of the
mean of J'J, where J is how a sample changes with its noise (Wang & Ponce 2021, "The geometry of
deep generative image models and its applications", https://arxiv.org/abs/2101.06006). J is found by
differences, so this works for every generator. *sefa*: those along which the first linear layer
changes most, without making a sample (Shen & Zhou 2021, "Closed-form factorization of latent
semantics in GANs", https://arxiv.org/abs/2007.06600). *measure*: the one along which a number that
is measured on samples grows and the other numbers stay, as far as a linear model knows: a ridge
regression of each number on the noise, and the dual basis of its vectors. Kinds of data have such
numbers themselves (`Modality.measures`), and a user can bring others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from mmgan_core.contracts import Condition
from mmgan_core.errors import UsageError, nearest
from mmgan_core.inference.model import Model
from mmgan_core.inference.noise import sampled_noise

Method: TypeAlias = Literal["spectrum", "sefa", "measures"]
# How a user measures decoded samples: a number for each.
Measure: TypeAlias = Callable[[Sequence[object]], Sequence[float]]
# How far directions are tried, in standard deviations of the noise; the step of differences.
TRIED, _STEP = 2.0, 0.1
# Numbers that grow along nearly the same direction are not torn apart.
_DUAL = 0.1
_AT_ONCE = 64


@dataclass(frozen=True)
class Direction:
    """A direction of the noise of a made entry.

    Attributes:
        name: what it is called.
        vector: its numbers, of length 1.
        found_by: how it was found.
        change: how far samples are from those two standard deviations farther along it.
        beside_random: that, as a multiple of the mean of random directions.
        alike: how alike the change is from sample to sample: the cosine of two samples' changes, in
            the mean; 1 if all change in the same way.
        steers: for a measured number, the share of samples of which it grows along the direction
            and falls against it; None if nothing was measured.
        target: how far it grows two standard deviations of the noise farther along it, in its own
            standard deviations, in the mean; None if nothing was measured.
        others: how far the other numbers that were measured change, in their own standard
            deviations, in the mean; None if there are none.
        space: what it is a direction of.
    """

    name: str
    vector: tuple[float, ...]
    found_by: str
    change: float
    beside_random: float
    alike: float
    steers: float | None = None
    others: float | None = None
    target: float | None = None
    space: Literal["noise"] = "noise"


def find_directions(
    model: Model,
    given: Mapping[str, object] | None = None,
    *,
    made: str = "",
    by: Method = "spectrum",
    measures: Mapping[str, Measure] | None = None,
    most: int = 5,
    noises: int = 16,
    seed: int = 0,
) -> list[Direction]:
    """Find directions of the noise of a model, and say how far each changes samples.

    Args:
        model: the model.
        given: one value for each entry that is given.
        made: the made entry whose noise is looked at; default: the first.
        by: how directions are found; by ``measures``, there is one for each number that this kind
            of data can be measured by.
        measures: what to measure on decoded samples instead, by name.
        most: how many directions are returned, where nothing is measured.
        noises: how many samples are looked at; with measures, 16 times as many are made.
        seed: decides them.

    Raises:
        UsageError: if the model makes no such entry, its noise is of one number or none, no layer
            reads the noise as *sefa* needs it, or its kind of data has no measures.
    """
    name = made or model.made[0]
    if name not in model.made:
        raise UsageError(f"{model.name} has no entry {name!r}", hint=nearest(name, model.made))
    if model.gan.noise_dims[model.gan.noise_of(name)] < 2:
        raise UsageError(
            f"the noise of {name} has no directions", hint="it has fewer than 2 numbers"
        )
    maker = _Maker(model, name, given or {}, seed)
    if by == "measures" and not measures:
        measures = {n: partial(_each, one) for n, one in maker.modality.measures.items()}
        if not measures:
            raise UsageError(f"{maker.modality.kind} has no measures", hint="try --by spectrum")
    if measures:
        return _measured(maker, measures, noises)
    noise = maker.noise(noises)
    vectors = _sefa(maker, noise) if by == "sefa" else _spectrum(maker, noise)
    return [
        _scored(maker, noise, f"{by}-{number + 1}", vector, by)
        for number, vector in enumerate(vectors[:most])
    ]


class _Maker:
    """Makes samples of one entry of any noise, under one condition."""

    def __init__(self, model: Model, name: str, given: Mapping[str, object], seed: int) -> None:
        model.refuse_unknown(given)
        self.model, self.name, self.seed = model, name, seed
        self.modality, self.owner = model.gan.modalities[name], model.gan.noise_of(name)
        with torch.no_grad():
            one = {entry: [value] for entry, value in given.items()}
            self.condition: Condition = model.conditions(one, 1, seed=seed)[name]

    def noise(self, count: int, seed: int | None = None) -> Tensor:
        """Noise of the entry, (count, Z)."""
        seed = self.seed if seed is None else seed
        return sampled_noise(self.model.gan, self.model.made, seed, count)[self.owner]

    @torch.no_grad()
    def __call__(self, noise: Tensor) -> Tensor:
        """Samples within their range, (B, *shape)."""
        device, most, parts = self.model.device, min(self.model.at_once, _AT_ONCE), []
        for rows in noise.split(most):
            same = torch.zeros(len(rows), dtype=torch.long, device=device)
            own = {self.owner: rows.to(device)}
            made = self.model.gan.make(own, self.condition.take(same), entries=[self.name])
            parts.append(made[self.name].float().cpu())
        space = self.modality.space
        return torch.cat(parts).clamp(space.low, space.high)


def _spectrum(maker: _Maker, noise: Tensor) -> list[Tensor]:
    """Eigenvectors of the mean of J'J, by decreasing eigenvalue."""
    dims = noise.shape[1]
    whole = torch.zeros(dims, dims, dtype=torch.float64)
    for row in noise:
        moved = torch.cat([row + _STEP * torch.eye(dims), row - _STEP * torch.eye(dims)])
        up, down = maker(moved).flatten(1).double().chunk(2)
        slope = (up - down) / (2 * _STEP)  # (Z, numbers of a sample)
        whole += slope @ slope.T
    return _eigenvectors(whole)


def _sefa(maker: _Maker, noise: Tensor) -> list[Tensor]:
    """Eigenvectors of A'A, where A is what the first linear layers do to the noise."""
    found: list[Tensor] = []
    dims = noise.shape[1]
    rows = noise[:2].to(maker.model.device)

    def look(layer: nn.Module, inputs: tuple[object, ...]) -> None:
        seen = inputs[0]
        assert isinstance(layer, nn.Linear)
        if isinstance(seen, Tensor) and seen.dim() == 2 and seen.shape[1] >= dims:
            # Noise may be joined to a condition, before or behind it.
            for start in {0, seen.shape[1] - dims}:
                if torch.allclose(seen[:, start : start + dims].float(), rows, atol=1e-4):
                    found.append(layer.weight[:, start : start + dims].detach().double().cpu())

    generator = maker.model.gan.generator(maker.name)
    linear = [layer for layer in generator.modules() if isinstance(layer, nn.Linear)]
    hooks = [layer.register_forward_pre_hook(look) for layer in linear]
    try:
        maker(noise[:2])
    finally:
        for hook in hooks:
            hook.remove()
    if not found:
        raise UsageError(
            f"no linear layer of {maker.name} reads the noise as it is", hint="try --by spectrum"
        )
    weights = torch.cat(found)
    return _eigenvectors(weights.T @ weights)


def _eigenvectors(matrix: Tensor) -> list[Tensor]:
    """Eigenvectors by decreasing eigenvalue, each with its largest number positive."""
    _, columns = torch.linalg.eigh(matrix)
    vectors = columns.T.flip(0).float()
    return [vector * vector[vector.abs().argmax()].sign() for vector in vectors]


def _measured(maker: _Maker, measures: Mapping[str, Measure], noises: int) -> list[Direction]:
    """The direction of each measure, with its effect on all of them, on other samples."""
    learned = maker.noise(16 * noises)
    numbers = _numbers(maker, measures, learned)  # (samples, measures)
    spread = numbers.std(0).clamp(min=1e-12)
    standard = (numbers - numbers.mean(0)) / spread
    noise = learned.double()
    ridge = noise.T @ noise + 0.1 * len(noise) * torch.eye(noise.shape[1], dtype=torch.float64)
    vectors = torch.linalg.solve(ridge, noise.T @ standard).T.float()  # (measures, Z)
    vectors = normalize(vectors)
    # The dual basis: along each, the linear model of every other number stays the same.
    alike = vectors @ vectors.T + _DUAL * torch.eye(len(vectors))
    vectors = torch.linalg.solve(alike, vectors)
    tested = maker.noise(noises, seed=maker.seed + 1)
    before, found = _numbers(maker, measures, tested), []
    for number, (name, vector) in enumerate(zip(measures, normalize(vectors), strict=True)):
        up = (_numbers(maker, measures, tested + TRIED * vector) - before) / spread
        down = (_numbers(maker, measures, tested - TRIED * vector) - before) / spread
        steers = float(((up[:, number] > 0) & (down[:, number] < 0)).float().mean())
        rest = [at for at in range(len(measures)) if at != number]
        others = float(up[:, rest].abs().mean()) if rest else None
        scored = _scored(maker, tested, name, vector, "measure")
        target = float(up[:, number].mean())
        found.append(replace(scored, steers=steers, others=others, target=target))
    return found


def _each(measure: Callable[[object], float], values: Sequence[object]) -> list[float]:
    return [measure(value) for value in values]


def _numbers(maker: _Maker, measures: Mapping[str, Measure], noise: Tensor) -> Tensor:
    values = maker.modality.present(maker(noise))
    columns = [torch.tensor(list(measure(values))) for measure in measures.values()]
    return torch.stack([column.double() for column in columns], dim=1)


def _scored(
    maker: _Maker,
    noise: Tensor,
    name: str,
    vector: Tensor,
    found_by: str,
) -> Direction:
    made, moved = maker(noise), maker(noise + TRIED * vector)
    random = torch.Generator().manual_seed(maker.seed)
    by_chance = normalize(torch.randn(noise.shape, generator=random)) * TRIED
    usual = float(maker.modality.apart(made, maker(noise + by_chance)).mean())
    change = float(maker.modality.apart(made, moved).mean())
    ways = normalize((moved - made).flatten(1))
    cosines = ways @ ways.T
    pairs = len(ways) * (len(ways) - 1)
    alike = float((cosines.sum() - cosines.trace()) / pairs) if pairs else 0.0
    beside = change / usual if usual else 0.0
    return Direction(name, tuple(vector.tolist()), found_by, change, beside, alike)
