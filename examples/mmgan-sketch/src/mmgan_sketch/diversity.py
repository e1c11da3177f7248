"""Diversity: whether fake samples of one class differ as much as real ones do.

A generator that makes one perfect three has a perfect condition accuracy and little use. For each
class c let d_c be the mean distance between two of its samples, in the evaluator's features:

    diversity = mean over c of min(d_c(fake) / d_c(real), d_c(real) / d_c(fake))

It is 1 if fake samples are as diverse as real ones, and near 0 if they are all alike or scattered
too far. Similarity within classes reveals mode collapse: Odena et al. 2017,
https://arxiv.org/abs/1610.09585, who measure it by MS-SSIM, which sketches do not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from mmgan_core import Options
from mmgan_core.contracts import Evaluated, Measurement, Metric

# Most samples of a class that are compared, as the time grows with their square.
MOST = 500


class DiversityOptions(Options):
    """`sketch/diversity` has no options."""


class Diversity(Metric):
    """One number; its floor is the diversity of other real samples."""

    Options = DiversityOptions
    explains: ClassVar[Mapping[str, str]] = {
        "diversity": "How much samples of one class differ, compared with real ones: 1 is as much.",
    }

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Measure; nothing if no class has two samples that were asked for."""
        value = _mean_ratio(_mean_distances(fake), _mean_distances(real))
        if value is None:
            return []
        floor = _mean_ratio(_mean_distances(held_out), _mean_distances(real))
        return [Measurement("diversity", value, floor, n=int((fake.asked >= 0).sum()))]


def _mean_distances(evaluated: Evaluated) -> dict[int, float]:
    """The mean distance between two samples, by class."""
    found = {}
    for number in evaluated.asked.unique().tolist():
        rows = evaluated.features[evaluated.asked == number][:MOST].double()
        if number >= 0 and len(rows) > 1:
            found[int(number)] = float(_pairs(rows).mean())
    return found


def _pairs(rows: Tensor) -> Tensor:
    apart: Tensor = torch.nn.functional.pdist(rows)
    return apart


def _mean_ratio(one: dict[int, float], other: dict[int, float]) -> float | None:
    """The mean over the classes of both, the smaller by the larger number; None without any."""
    ratios = [
        min(one[c], other[c]) / max(one[c], other[c])
        for c in sorted(one.keys() & other.keys())
        if max(one[c], other[c]) > 0
    ]
    return sum(ratios) / len(ratios) if ratios else None
