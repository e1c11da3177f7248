"""ROUGE of made texts against the real text of their rows, as Google's rouge-score computes it.

Lin 2004, "ROUGE", https://aclanthology.org/W04-1013: the F1 of shared words (1), of shared pairs of
words (2), and of the longest common subsequence (L); the mean over the rows, from 0 to 1.

What a summary must beat is the first sentence of the text that it sums up. With
``first_sentence: ENTRY`` its numbers stand beside, as a baseline of the same rows. It ends at a
full stop, an exclamation or question mark before white space, or at the end of a line, and after at
most ``longest`` characters. On 1,738 descriptions of Debian packages against their synopses it has
ROUGE-1, 2 and L of 0.324, 0.154 and 0.287.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mmgan_core.contracts import Evaluated, Measurement, Metric
from mmgan_core.errors import UsageError, nearest
from mmgan_core.options import Options
from mmgan_text.metrics.words import refuse_without

KINDS = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeL": "ROUGE-L"}
_SENTENCE = re.compile(r"(?<=[.!?])\s|\n")
Scores = npt.NDArray[np.float64]


class ROUGEOptions(Options):
    """Options of ``text/rouge``."""

    stem: bool = Field(
        False, description="whether the endings of English words are cut off (Porter 1980)"
    )
    first_sentence: str = Field(
        "", description="the given entry whose first sentence is measured beside; none if empty"
    )
    longest: int = Field(120, ge=1, description="most characters of the first sentence")


class ROUGE(Metric):
    """Three numbers with 95 % intervals; the floors are those of other real texts of the data."""

    Options = ROUGEOptions
    options: ROUGEOptions
    needs = frozenset({"values", "references"})
    explains: ClassVar[Mapping[str, str]] = {
        "ROUGE-1": "How many words a text shares with the real one of its row, from 0 to 1.",
        "ROUGE-2": "How many pairs of neighbouring words a text shares with the real one of its "
        "row, from 0 to 1.",
        "ROUGE-L": "How much of the real text of its row a text says in the same order, from 0 "
        "to 1.",
    }

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"stem": True, "first_sentence": "text"},)

    def __init__(self, options: ROUGEOptions) -> None:
        super().__init__(options)
        refuse_without("rouge_score", "text/rouge")

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return three numbers, or none if there are no texts."""
        made = self._scores(fake.values, fake.references.values)
        return list(_rows(made, self._scores(held_out.values, real.values)))

    def measure_real(self, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return three numbers of the first sentences of what is given.

        Raises:
            UsageError: if nothing given has the name of ``first_sentence``.
        """
        name = self.options.first_sentence
        if not name:
            return []
        given = real.given if "given" in real.has else {}
        if name not in given:
            raise UsageError(
                f"text/rouge: first_sentence names {name!r}, which is not given",
                hint=nearest(name, given),
            )
        sentences = [first_sentence(str(one), self.options.longest) for one in given[name]]
        return list(_rows(self._scores(sentences, real.values), {}, f"first sentence of {name}"))

    def _scores(self, made: Sequence[object], true: Sequence[object]) -> dict[str, Scores]:
        """The F1 of each row, (N,), by kind."""
        from rouge_score.rouge_scorer import RougeScorer

        scorer = RougeScorer(list(KINDS), use_stemmer=self.options.stem)
        rows = [scorer.score(str(b), str(a)) for a, b in zip(made, true, strict=False)]
        return {kind: np.array([row[kind].fmeasure for row in rows]) for kind in KINDS if rows}


def first_sentence(text: str, longest: int) -> str:
    """The first sentence of a text, cut off after so many characters."""
    return _SENTENCE.split(text.strip(), maxsplit=1)[0][:longest]


def _rows(
    scores: Mapping[str, Scores], floors: Mapping[str, Scores], baseline: str = ""
) -> Iterator[Measurement]:
    for kind, each in scores.items():
        value, n = float(each.mean()), len(each)
        half = 1.96 * float(each.std(ddof=1)) / n**0.5 if n > 1 else 0.0
        floor = float(floors[kind].mean()) if kind in floors else None
        low, high = value - half, value + half
        yield Measurement(KINDS[kind], value, floor, low, high, n=n, baseline=baseline)
