"""Distinct-n: how many of all n-grams differ, and how many of all texts do.

Li et al. 2016, "A diversity-promoting objective function for neural conversation models",
https://arxiv.org/abs/1510.03055. Both fall with the number of texts, so the floor has the same n.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from mmgan_core.contracts import Evaluated, Measurement
from mmgan_text.metrics.grams import all_grams
from mmgan_text.metrics.words import Text, TextMetric, TextMetricOptions

UNIQUE = "unique texts"


class DistinctOptions(TextMetricOptions):
    """Options of ``text/distinct``."""

    orders: tuple[int, ...] = Field(
        (1, 2), min_length=1, description="the lengths of n-grams, each a number of its own"
    )


class Distinct(TextMetric):
    """A number for each length of n-grams, and the share of unique texts."""

    Options = DistinctOptions
    options: DistinctOptions
    explains: ClassVar[Mapping[str, str]] = {
        "distinct": "The share of different ones among all runs of so many words. It is diversity "
        "alone: nonsense has the highest.",
        UNIQUE: "The share of texts, of those that were made, that differ from all before them.",
    }

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"orders": [2], "unit": "characters"})

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return the numbers; none of n-grams that no text is long enough for."""
        count = min(len(fake.values), len(real.values))
        if not count:
            return []
        made, true = (self.read(one.values[:count]) for one in (fake, real))
        rows = [
            Measurement(f"distinct-{n}", value, distinct(true, n), n=count)
            for n in self.options.orders
            if (value := distinct(made, n)) is not None
        ]
        return [*rows, Measurement(UNIQUE, len(set(made)) / count, len(set(true)) / count, n=count)]


def distinct(texts: Sequence[Text], n: int) -> float | None:
    """The share of different n-grams among all of the texts; None if they have none."""
    found = all_grams(texts, n)
    return len(found) / found.total() if found else None
