"""Metrics: finite numbers that say which way is better, and are always the same."""

from __future__ import annotations

import math

import torch

from mmgan_core.contracts import Evaluated, Measurement, Metric
from mmgan_core.testing.cases import PlainCase
from mmgan_core.testing.check import Broken, check

CLASSES = 4


@check(
    "its numbers have a name and a direction, and are finite",
    "metric",
    advice="return Measurements with a name, a finite value and better='higher' or 'lower'; return "
    "an empty list if there is nothing to measure",
)
def numbers(case: PlainCase[Metric]) -> None:
    metric: Metric = case.build()
    rows = metric.measure(evaluated(0), evaluated(1), evaluated(2))
    if not rows or not all(isinstance(row, Measurement) for row in rows):
        raise Broken(f"measure() returns {rows!r:.80}")
    for row in rows:
        bounds = [b for b in (row.value, row.floor, row.low, row.high) if b is not None]
        if not row.name or not all(math.isfinite(bound) for bound in bounds):
            raise Broken(f"{row.name or 'a measurement without a name'} is not finite: {bounds}")
        if row.better not in ("higher", "lower"):
            raise Broken(f"{row.name}: better must be 'higher' or 'lower', not {row.better!r}")
    if [row.value for row in metric.measure(evaluated(0), evaluated(1), evaluated(2))] != [
        row.value for row in rows
    ]:
        raise Broken("the same samples give different numbers the second time")


@check(
    "good samples score better than bad ones",
    "metric",
    advice="check the direction: better='lower' for distances; with needs_training_set, copies of "
    "the training set are bad samples",
)
def good_samples_score_better(case: PlainCase[Metric]) -> None:
    metric: Metric = case.build()
    real, held_out, fresh, shifted = (evaluated(seed) for seed in (1, 2, 3, 0))
    shifted = Evaluated(shifted.features * 3 + 5, (shifted.asked + 1) % CLASSES, shifted.asked)
    bad = held_out if metric.needs_training_set else shifted
    good, worse = (
        {row.name: row for row in metric.measure(fake, real, held_out)} for fake in (fresh, bad)
    )
    better = [
        (good[n].value > worse[n].value) == (good[n].better == "higher")
        for n in good.keys() & worse.keys()
        if good[n].value != worse[n].value
    ]
    if not all(better) or not better:
        worse_ones = "copies" if metric.needs_training_set else "shifted and mislabelled ones"
        raise Broken(f"other real samples do not score better than {worse_ones}")


@check(
    "it accepts very few samples, and samples without a class that was asked for",
    "metric",
    advice="return an empty list, and raise no error, if a number cannot be computed",
)
def few_samples(case: PlainCase[Metric]) -> None:
    metric: Metric = case.build()
    one = evaluated(0, 1)
    metric.measure(one, one, one)
    unasked = evaluated(0)
    unasked = Evaluated(unasked.features, unasked.predicted, torch.full_like(unasked.asked, -1))
    metric.measure(unasked, evaluated(1), evaluated(2))


def evaluated(seed: int, count: int = 64) -> Evaluated:
    """Samples of four classes, each a Gaussian with its own mean, as an evaluator sees them."""
    random = torch.Generator().manual_seed(seed)
    asked = torch.arange(count) % CLASSES
    middles = torch.randn(CLASSES, 8, generator=torch.Generator().manual_seed(99)) * 3
    features = middles[asked] + torch.randn(count, 8, generator=random)
    return Evaluated(features, asked.clone(), asked)
