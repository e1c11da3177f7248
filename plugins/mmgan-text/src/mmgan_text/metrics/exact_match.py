"""Exact match: the share of made texts that are the real text of their row, sign for sign.

It is the accuracy of a model that reads: of a word for a picture, of what was said, of a name.
White space counts as one space, and at the ends not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from mmgan_core.components.condition_accuracy import wilson
from mmgan_core.contracts import Evaluated, Measurement
from mmgan_text.metrics.words import TextMetric, TextMetricOptions, Unit

EXACT = "exact match"


class ExactMatchOptions(TextMetricOptions):
    """Options of ``text/exact-match``."""

    unit: Unit = Field(
        "characters", description="what must be equal: every character, or the words and marks"
    )


class ExactMatch(TextMetric):
    """One number with its 95 % interval (Wilson 1927); the floor is that of other real texts."""

    Options = ExactMatchOptions
    options: ExactMatchOptions
    needs = frozenset({"values", "references"})
    explains: ClassVar[Mapping[str, str]] = {
        EXACT: "The share of texts that are exactly the real one of their row, from 0 to 1.",
    }

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"unit": "words", "lower": False})

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return one number, or nothing if there are no texts."""
        right, count = self._equal(fake.values, fake.references.values)
        if not count:
            return []
        other, of = self._equal(held_out.values, real.values)
        low, high = wilson(right, count)
        floor = other / of if of else None
        return [Measurement(EXACT, right / count, floor, low, high, n=count)]

    def _equal(self, some: Sequence[object], others: Sequence[object]) -> tuple[int, int]:
        """How many texts are those of the same place among the others, and of how many."""
        pairs = list(zip(self.read(some), self.read(others), strict=False))
        return sum(one == other for one, other in pairs), len(pairs)
