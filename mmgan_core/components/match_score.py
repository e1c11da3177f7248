"""Match score: how near samples lie to their given values in the space of the recipe's matcher.

The mean cosine, from -1 to 1, as CLIPScore has it (Hessel et al. 2021,
https://arxiv.org/abs/2104.08718), but of a matcher that was trained on these data alone. Cosines of
different matchers do not compare; the floor, that of real samples, is what there is to reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from mmgan_core.contracts import Evaluated, Matched, Measurement, Metric
from mmgan_core.options import Options


class MatchScoreOptions(Options):
    """`core/match-score` has no options."""


class MatchScore(Metric):
    """One number; its floor is that of real samples with their own given values."""

    Options = MatchScoreOptions
    needs = frozenset({"matched"})
    explains: ClassVar[Mapping[str, str]] = {
        "match score": "How well samples match what was given, as two networks trained on real "
        "pairs see it: the mean cosine, at most 1.",
    }

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return one number, or nothing if there are no samples."""
        count = len(fake.matched.samples)
        if not count:
            return []
        floor = _mean_cosine(real.matched) if len(real.matched.samples) else None
        return [Measurement("match score", _mean_cosine(fake.matched), floor, n=count)]


def _mean_cosine(matched: Matched) -> float:
    return float((matched.samples.double() * matched.given.double()).sum(1).mean())
