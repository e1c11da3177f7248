"""Metrics: finite numbers that say which way is better, and are always the same.

A metric is shown the parts of samples that it declares in ``needs``, and no others.
"""

from __future__ import annotations

import math

import torch

from mmgan_core.contracts import Evaluated, Measurement, Metric
from mmgan_core.testing.cases import PlainCase
from mmgan_core.testing.check import Broken, check
from mmgan_core.testing.samples import CLASSES, evaluated
from mmgan_core.testing.shown import Shown, tensors

FRESH = (3, 4, 5)


@check(
    "its numbers have a name and a direction, and are finite",
    "metric",
    advice="return Measurements with a name, a finite value and better='higher' or 'lower'; return "
    "an empty list if there is nothing to measure",
)
def numbers(case: PlainCase[Metric]) -> None:
    metric: Metric = case.build()
    shown = Shown(case.spec, metric)
    rows = metric.measure(shown(0), shown(1), shown(2))
    if not rows or not all(isinstance(row, Measurement) for row in rows):
        raise Broken(f"measure() returns {rows!r:.80}")
    for row in rows:
        _refuse_odd(row)
    names = [row.name for row in rows]
    if len(set(names)) < len(names):
        raise Broken(f"two measurements have the same name: {names}")
    if [row.value for row in metric.measure(shown(0), shown(1), shown(2))] != [
        row.value for row in rows
    ]:
        raise Broken("the same samples give different numbers the second time")


@check(
    "it declares what it reads, and leaves it as it is",
    "metric",
    advice="name the parts of Evaluated that measure() reads in needs; work on copies of tensors",
)
def reads_alone(case: PlainCase[Metric]) -> None:
    metric: Metric = case.build()
    unknown = sorted(metric.needs - set(Evaluated.PARTS))
    if unknown:
        raise Broken(f"needs names {unknown[0]!r}, which is no part of Evaluated")
    shown = Shown(case.spec, metric)
    three = [shown(seed) for seed in (0, 1, 2)]
    before = [{name: part.clone() for name, part in tensors(one).items()} for one in three]
    metric.measure(*three)
    for one, old in zip(three, before, strict=True):
        if not all(torch.equal(part, old[name]) for name, part in tensors(one).items()):
            raise Broken("measure() writes into the samples that it is given")


@check(
    "its floor compares real samples with real ones, and its value made ones with real ones",
    "metric",
    advice="measure the floor on held_out and real alone: it says what a perfect model would get; "
    "set needs_training_set, or needs_training_rows if it learns, if the value needs held_out",
)
def floor_is_of_real_samples(case: PlainCase[Metric]) -> None:
    metric: Metric = case.build()
    shown = Shown(case.spec, metric)
    floors = []
    for fake in (shown(0), *_bad(shown)):
        rows = metric.measure(fake, shown(1), shown(2))
        floors.append({row.name: row.floor for row in rows})
    for name, floor in floors[0].items():
        if any(other.get(name, floor) != floor for other in floors):
            raise Broken(f"the floor of {name} changes with the made samples")
    if metric.needs_training_set or metric.needs_training_rows:
        return
    by_held_out = [metric.measure(shown(0), shown(1), shown(seed)) for seed in (2, 3)]
    for one, other in zip(*by_held_out, strict=False):
        if one.value != other.value:
            raise Broken(f"{one.name} changes with held_out, which is for floors")


@check(
    "good samples score better than bad ones",
    "metric",
    advice="check the direction: better='lower' for distances; with needs_training_set, copies of "
    "the training set are bad samples",
)
def good_samples_score_better(case: PlainCase[Metric]) -> None:
    metric: Metric = case.build()
    shown = Shown(case.spec, metric)
    real, held_out = shown(1), shown(2)
    good: dict[str, list[float]] = {}
    for seed in FRESH:
        for row in metric.measure(shown(seed), real, held_out):
            good.setdefault(row.name, []).append(row.value)
    noticed: set[str] = set()
    for bad in [held_out] if metric.needs_training_set else _bad(shown):
        for row in metric.measure(bad, real, held_out):
            values = good.get(row.name, [math.nan])
            gain = min(values) - row.value if row.better == "higher" else row.value - max(values)
            # More than by chance: than other good samples differ among themselves.
            noticed |= {row.name} if gain > max(values) - min(values) else set()
    blind = [name for name in good if name not in noticed]
    if blind:
        worse = "copies" if metric.needs_training_set else "shifted, collapsed or mislabelled ones"
        raise Broken(f"{blind[0]}: other real samples do not score better than {worse}")


@check(
    "it accepts very few samples, and samples without a class that was asked for",
    "metric",
    advice="return an empty list, and raise no error, if a number cannot be computed",
)
def few_samples(case: PlainCase[Metric]) -> None:
    metric: Metric = case.build()
    shown = Shown(case.spec, metric)
    one, others = shown(0, 1), (shown(1), shown(2))
    for rows in (
        metric.measure(one, one, one),
        metric.measure(shown(0, asked=False), *others),
        metric.measure(shown(0, equal=True), *others),
        metric.measure(shown(0, 8), shown(1, 8), shown(2, 40)),
    ):
        for row in rows:
            _refuse_odd(row)


def _refuse_odd(row: Measurement) -> None:
    bounds = {"value": row.value, "floor": row.floor, "low": row.low, "high": row.high}
    for part, bound in bounds.items():
        if bound is None and part != "value":
            continue
        if not isinstance(bound, int | float) or isinstance(bound, bool):
            raise Broken(f"{row.name}: {part} is a {type(bound).__name__}, not a float")
        if not math.isfinite(bound):
            raise Broken(f"{row.name or 'a measurement without a name'} is not finite: {bounds}")
    if not row.name or not isinstance(row.name, str):
        raise Broken(f"a measurement has the name {row.name!r}")
    if row.better not in ("higher", "lower"):
        raise Broken(f"{row.name}: better must be 'higher' or 'lower', not {row.better!r}")
    low, high = (row.value if end is None else end for end in (row.low, row.high))
    if not low <= row.value <= high:
        raise Broken(f"{row.name}: {row.value:.4g} is not between {low:.4g} and {high:.4g}")
    if row.n is not None and (not isinstance(row.n, int) or row.n < 0):
        raise Broken(f"{row.name}: n is {row.n!r}, not a number of samples")


def _bad(shown: Shown) -> list[Evaluated]:
    """Made samples that are bad in several ways; hardly a metric notices all of them.

    Those of an evaluator are no more spread out than the real ones, or diversity would like it.
    """
    if not shown.needs <= {"features", "predicted", "asked"}:
        # Values that are shifted alone are as spread out as real ones.
        return [shown(0, shifted=True), shown(0, collapsed=True), shown(0, stuck=True)]
    made = evaluated(0)
    wrong, one = (made.asked + 1) % CLASSES, torch.zeros_like(made.asked)
    random = torch.Generator().manual_seed(0)
    few = made.features[:1] + 0.01 * torch.randn(made.features.shape, generator=random)
    noise = torch.randn(made.features.shape, generator=random) * made.features.std(0) * 0.9
    return [
        Evaluated(made.features + 5, wrong, made.asked),
        Evaluated(few, one, made.asked),
        Evaluated(noise + made.features.mean(0), wrong, made.asked),
        Evaluated(made.features.roll(1, 0), wrong, made.asked),
    ]
