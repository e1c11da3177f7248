"""MS-Jaccard: how alike the n-grams of made and of real texts are, as multisets.

Montahaei, Alihosseini, Baghshah 2019, "Jointly measuring diversity and quality in text generation
models", https://arxiv.org/abs/1904.03971. It falls with bad texts and with few different ones. The
value compares made texts with real ones; the floor, which is the ceiling, other real texts with
them. Both grow with n, so as many of each are compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from mmgan_core.contracts import Evaluated, Measurement
from mmgan_text.metrics.grams import ms_jaccard
from mmgan_text.metrics.words import TextMetric, TextMetricOptions


class MSJaccardOptions(TextMetricOptions):
    """Options of ``text/ms-jaccard``."""

    order: int = Field(4, ge=1, le=8, description="the longest n-grams")


class MSJaccard(TextMetric):
    """One number; its floor is that of other real texts, with the same n."""

    Options = MSJaccardOptions
    options: MSJaccardOptions
    explains: ClassVar[Mapping[str, str]] = {
        "MS-Jaccard": "How much the runs of words in made and in real texts have in common: it "
        "counts quality and diversity at once, and grows with the number of texts.",
    }

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"order": 2, "unit": "characters"})

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return one number, or nothing if there are no texts to compare."""
        count = min(len(one.values) for one in (fake, real, held_out))
        made, true, other = (self.read(one.values[:count]) for one in (fake, real, held_out))
        value = ms_jaccard(made, true, self.options.order)
        if value is None:
            return []
        floor = ms_jaccard(other, true, self.options.order)
        return [Measurement(f"MS-Jaccard-{self.options.order}", value, floor, n=count)]
