"""Novelty: the share of made texts that do not stand in the training set, word for word."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

from mmgan_core.components.condition_accuracy import wilson
from mmgan_core.contracts import Evaluated, Measurement
from mmgan_text.metrics.words import Text, TextMetric, TextMetricOptions

NOVELTY = "novelty"


class NoveltyOptions(TextMetricOptions):
    """Options of ``text/novelty``."""


class Novelty(TextMetric):
    """One number with its 95 % interval (Wilson 1927); the floor is that of real test texts.

    Texts are compared piece by piece, so that white space makes none of them new.
    """

    Options = NoveltyOptions
    options: NoveltyOptions
    needs_training_set: ClassVar[bool] = True
    explains: ClassVar[Mapping[str, str]] = {
        NOVELTY: "The share of texts that are not in the training set. Below the real value, the "
        "model repeats what it learned; nonsense is always new.",
    }

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"unit": "characters", "lower": False})

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return one number, or nothing if there are no texts."""
        if not fake.values or not real.values:
            return []
        known = set(self.read(held_out.values))
        new, count = share_new(self.read(fake.values), known)
        true, of = share_new(self.read(real.values), known)
        low, high = wilson(new, count)
        value = new / count
        return [Measurement(NOVELTY, value, true / of, min(low, value), max(high, value), n=count)]


def share_new(texts: Sequence[Text], known: Collection[Text]) -> tuple[int, int]:
    """How many texts are not among the known ones, and of how many."""
    return sum(text not in known for text in texts), len(texts)
