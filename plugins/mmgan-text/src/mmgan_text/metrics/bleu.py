"""BLEU of made texts against the real text of their rows, as sacrebleu computes it.

Post 2018, "A call for clarity in reporting BLEU scores", https://aclanthology.org/W18-6319. Corpus
BLEU, from 0 to 100, with the library's own splitting of words, so that the number is that of
papers. The interval is a bootstrap over the rows (Koehn 2004, https://aclanthology.org/W04-3250).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mmgan_core.contracts import Evaluated, Measurement, Metric
from mmgan_core.options import Options
from mmgan_text.metrics.words import refuse_without

BLEU = "BLEU"
SEED = 0
_ORDER = 4
Counts: TypeAlias = npt.NDArray[np.int64]


class RowBLEUOptions(Options):
    """Options of ``text/bleu``."""

    tokenize: Literal["13a", "intl", "char", "none"] = Field(
        "13a", description="how sacrebleu splits words; char for languages without spaces"
    )
    lower: bool = Field(False, description="whether capital letters count as small ones")
    resamples: int = Field(1_000, ge=100, le=100_000, description="samples of the bootstrap")


class RowBLEU(Metric):
    """One number; its floor is that of other real texts in place of the made ones."""

    Options = RowBLEUOptions
    options: RowBLEUOptions
    needs = frozenset({"values", "references"})
    explains: ClassVar[Mapping[str, str]] = {
        BLEU: "How many runs of one to four words a text shares with the real one of its row, "
        "from 0 to 100.",
    }

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"tokenize": "char", "resamples": 100},)

    def __init__(self, options: RowBLEUOptions) -> None:
        super().__init__(options)
        refuse_without("sacrebleu", "text/bleu")

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return one number, or nothing if there are no texts."""
        made, true = _texts(fake.values), _texts(fake.references.values)
        if not made:
            return []
        count = min(len(held_out.values), len(real.values))
        floor = None
        if count:
            other = _texts(held_out.values[:count])
            floor = _score(self._rows(other, _texts(real.values[:count])))
        rows = self._rows(made, true)
        value = _score(rows)
        random = np.random.Generator(np.random.PCG64(SEED))
        picked = random.integers(0, len(rows), (self.options.resamples, len(rows)))
        low, high = np.quantile([_score(rows[again]) for again in picked], (0.025, 0.975))
        return [Measurement(BLEU, value, floor, min(low, value), max(high, value), n=len(made))]

    def _rows(self, made: Sequence[str], true: Sequence[str]) -> Counts:
        """What BLEU counts in each row, (N, 10): n-grams found, n-grams, and both lengths."""
        from sacrebleu.metrics.bleu import BLEU as Library

        options = self.options
        library = Library(lowercase=options.lower, tokenize=options.tokenize, effective_order=True)
        scores = [library.sentence_score(a, [b]) for a, b in zip(made, true, strict=True)]
        return np.array([[*one.counts, *one.totals, one.sys_len, one.ref_len] for one in scores])


def _score(rows: Counts) -> float:
    from sacrebleu.metrics.bleu import BLEU as Library

    *counted, made, true = rows.sum(0).tolist()
    found, every = counted[:_ORDER], counted[_ORDER:]
    return float(Library.compute_bleu(found, every, made, true, "exp", effective_order=True).score)


def _texts(values: Sequence[object]) -> list[str]:
    return [str(value) for value in values]
