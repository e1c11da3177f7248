"""Diversity: whether samples that were asked the same differ as much as real ones do.

A generator that draws one perfect three agrees with everything it is asked and is of little use.
For each class c let d_c be the mean distance between two samples of it, in the judge's features:

    variety = mean over c of min(d_c(fake) / d_c(real), d_c(real) / d_c(fake))

1 is as varied as real, towards 0 all alike, or scattered. Within-class similarity finds collapse:
Odena et al. 2017, https://arxiv.org/abs/1610.09585, by MS-SSIM, which sketches do not have.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core import Options
from mmgan_core.contracts import Evaluated, Measurement, Metric

# Samples of a class that are compared, so that time does not grow with the square of n.
MOST = 500


class DiversityOptions(Options):
    """`sketch/diversity` has no options."""


class Diversity(Metric):
    """One number; the floor is that of other real samples."""

    Options = DiversityOptions

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Nothing, where no class has two samples that were asked for."""
        value = _alike(_spreads(fake), _spreads(real))
        if value is None:
            return []
        floor = _alike(_spreads(held_out), _spreads(real))
        return [Measurement("diversity", value, floor, n=int((fake.asked >= 0).sum()))]


def _spreads(judged: Evaluated) -> dict[int, float]:
    """By class, the mean distance between two of its samples."""
    found = {}
    for number in judged.asked.unique().tolist():
        rows = judged.features[judged.asked == number][:MOST].double()
        if number >= 0 and len(rows) > 1:
            found[int(number)] = float(_pairs(rows).mean())
    return found


def _pairs(rows: Tensor) -> Tensor:
    apart: Tensor = torch.nn.functional.pdist(rows)
    return apart


def _alike(one: dict[int, float], other: dict[int, float]) -> float | None:
    """Mean over the classes that both have."""
    ratios = [
        min(one[c], other[c]) / max(one[c], other[c])
        for c in sorted(one.keys() & other.keys())
        if max(one[c], other[c]) > 0
    ]
    return sum(ratios) / len(ratios) if ratios else None
