"""Self-BLEU: how much of each made text other made texts say too.

Zhu et al. 2018, "Texygen", https://arxiv.org/abs/1802.01886: BLEU of each text with all others as
its references. Lower is more diverse, and much lower than real texts is no better. It grows with
the number of texts, so n is fixed and part of the number.

Texygen smooths the BLEU of each text and averages; here n-grams are counted over all texts, as
corpus BLEU does, because most short texts have no 4-gram of their own to find. On 500 real
synopses of Debian packages the two give 0.142 and 0.135.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from mmgan_core.contracts import Evaluated, Measurement
from mmgan_text.metrics.grams import self_bleu
from mmgan_text.metrics.words import TextMetric, TextMetricOptions


class SelfBLEUOptions(TextMetricOptions):
    """Options of ``text/self-bleu``."""

    order: int = Field(4, ge=1, le=8, description="the longest n-grams")
    rows: int = Field(500, ge=2, description="how many texts are compared, if there are so many")


class SelfBLEU(TextMetric):
    """One number; its floor is that of as many real texts."""

    Options = SelfBLEUOptions
    options: SelfBLEUOptions
    explains: ClassVar[Mapping[str, str]] = {
        "self-BLEU": "How much of each text other texts of the set say too, word for word. It is "
        "diversity alone: lower is more diverse, and nonsense has the lowest.",
    }

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"order": 2, "unit": "characters", "rows": 40})

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return one number, or nothing for fewer than two texts or for empty ones."""
        count = min(self.options.rows, len(fake.values), len(real.values))
        value, floor = (
            self_bleu(self.read(one.values[:count]), self.options.order) for one in (fake, real)
        )
        if value is None:
            return []
        name = f"self-BLEU-{self.options.order}"
        return [Measurement(name, value, floor, better="lower", n=count)]
