"""Variety: how much samples of one condition differ, compared with real ones of that condition.

A condition is the values of all given entries together; where nothing is given, all samples are of
one. In features that no network of ours has learned, each scaled by its deviation in training
samples (of fewer samples that may be near 0 for a rare feature, which would then decide alone),

    variety = V(made) / V(real),   V = sum_c w_c sum_i |x_ci - mean_c|^2 / (n_c - 1)

over the conditions c of which there are at least two samples of both kinds; w_c is the share of c
among the real samples. V is half the mean squared distance of two samples of one condition. The
variety is 1 if made samples differ as much as real ones, and 0 if they are all alike.

The interval is a bootstrap (Efron 1979): the squared distances of the samples from the mean of
their condition are sampled anew, of made and of real ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field
from torch import Tensor

from mmgan_core.components.feature_metric import FeatureOptions
from mmgan_core.components.frozen_features import FrozenFeatures, scale_of
from mmgan_core.contracts import Evaluated, Measurement

SEED = 0
VARIETY = "variety"
Numbers = npt.NDArray[np.float64]
Groups = dict[object, list[int]]


class VarietyOptions(FeatureOptions):
    """Options of `core/variety`."""

    encoder: dict[str, object] | None = Field(
        None,
        description="the frozen encoder in whose features samples differ, as use and its options; "
        "default: the one that the kind of data suggests",
    )
    resamples: int = Field(1_000, ge=100, le=100_000, description="samples of the bootstrap")


class Variety(FrozenFeatures):
    """One number; its floor is that of other real samples, of the training split."""

    Options = VarietyOptions
    options: VarietyOptions
    needs = frozenset({"values", "encode"})
    needs_training_rows = 2_000
    explains: ClassVar[Mapping[str, str]] = {
        VARIETY: "How much samples of the same given values differ from one another, as a fraction "
        "of how much real ones do: 1 is as much, 0 is not at all. Much more than 1 is no better.",
    }

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return one number, or nothing if no condition has two samples of both kinds."""
        if fake.shuffled:  # what was given there is not what samples were made from
            return []
        names = sorted(fake.given) if "given" in fake.has else []
        true = self.features_of_data(real)
        known = self.features_of_data(held_out)
        if len(true) < 2 or len(known) < 2:
            return []
        _, deviation = scale_of(known)
        groups = conditions(real, names, len(true))

        def spread(one: Evaluated, features: Tensor) -> tuple[Numbers, Numbers] | None:
            of_one = conditions(one, names, len(features))
            return spreads(features / deviation, of_one, true / deviation, groups)

        made = spread(fake, self.features(fake, fake.values))
        if made is None:
            return []
        other = spread(held_out, known)
        low, high = interval(*made, self.options.resamples)
        value = float(made[0].mean() / made[1].mean())
        floor = None if other is None else float(other[0].mean() / other[1].mean())
        return [
            Measurement(VARIETY, value, floor, min(low, value), max(high, value), n=len(made[0]))
        ]


def conditions(one: Evaluated, names: Sequence[str], count: int) -> Groups:
    """The rows of each condition, which is the values of these given entries."""
    columns = [one.given[name] for name in names]
    found: Groups = {}
    for row in range(count):
        found.setdefault(tuple(key(column[row]) for column in columns), []).append(row)
    return found


def key(value: object) -> object:
    """What equal raw values share; a value of which that is not known equals itself alone."""
    if isinstance(value, str | bytes | bool | int | float | None):
        return value
    if isinstance(value, Mapping):
        return tuple((name, key(value[name])) for name in sorted(value))
    if isinstance(value, list | tuple):
        return tuple(map(key, value))
    return id(value)


def spreads(
    made: Tensor, of_made: Groups, real: Tensor, of_real: Groups
) -> tuple[Numbers, Numbers] | None:
    """For each made and each real sample a number, whose means are V of both kinds; or None."""
    shared = [
        name for name, rows in of_real.items() if len(rows) > 1 and len(of_made.get(name, ())) > 1
    ]
    total = sum(len(of_real[name]) for name in shared)
    share = {name: len(of_real[name]) / total for name in shared}
    found = []
    for features, groups in ((made, of_made), (real, of_real)):
        count = sum(len(groups[name]) for name in shared)
        parts = [
            _apart(features[groups[name]]) * share[name] * count / len(groups[name])
            for name in shared
        ]
        found.append(np.concatenate(parts) if parts else np.zeros(0))
    return (found[0], found[1]) if len(found[1]) and found[1].mean() > 0 else None


def interval(made: Numbers, real: Numbers, resamples: int) -> tuple[float, float]:
    """The 95 % interval of mean(made) / mean(real), by the bootstrap."""
    random = np.random.Generator(np.random.PCG64(SEED))

    def means(of: Numbers) -> Numbers:
        again = [of[random.integers(0, len(of), len(of))].mean() for _ in range(resamples)]
        return np.array(again)

    ratios = means(made) / np.maximum(means(real), 1e-12)
    low, high = np.quantile(ratios, (0.025, 0.975))
    return float(low), float(high)


def _apart(features: Tensor) -> Numbers:
    """n / (n - 1) times the squared distance of each row from the mean of all, (N,)."""
    squared = (features - features.mean(0)).square().sum(1) * (len(features) / (len(features) - 1))
    found: Numbers = squared.numpy()
    return found
