"""N-grams of texts: counted, and clipped by those of reference texts as in BLEU.

Papineni et al. 2002, "BLEU", https://aclanthology.org/P02-1040. An n-gram of a made text counts at
most as often as it occurs in any one of its references. Here all texts have the same references, or
each has all the others, so that the references are counted once: n texts cost n and not n^2.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mmgan_text.metrics.words import Text

Grams = Counter[Text]


def grams(text: Text, n: int) -> Grams:
    """How often each run of n pieces occurs in a text."""
    return Counter(text[at : at + n] for at in range(len(text) - n + 1))


def all_grams(texts: Iterable[Text], n: int) -> Grams:
    """How often each run of n pieces occurs in all texts together."""
    return Counter(text[at : at + n] for text in texts for at in range(len(text) - n + 1))


@dataclass(frozen=True)
class _Most:
    """The largest count of an n-gram in one text, which text that is, and the next count."""

    count: int
    text: int
    second: int


class References:
    """Texts that others are compared with, of which each n-gram's largest count is known."""

    def __init__(self, texts: Sequence[Text], order: int) -> None:
        """
        Args:
            texts: the references.
            order: the longest n-grams.
        """
        self.order = order
        self.lengths = sorted(map(len, texts))
        self._most: dict[Text, _Most] = {}
        for row, text in enumerate(texts):
            for n in range(1, order + 1):
                for gram, count in grams(text, n).items():
                    self._add(gram, count, row)

    def _add(self, gram: Text, count: int, row: int) -> None:
        known = self._most.get(gram, _Most(0, -1, 0))
        if count > known.count:
            self._most[gram] = _Most(count, row, known.count)
        elif count > known.second:
            self._most[gram] = _Most(known.count, known.text, count)

    def found(self, text: Text, n: int, own: int = -1) -> int:
        """How many n-grams of a text the references have, too.

        Args:
            text: the text.
            n: how long n-grams are.
            own: which of the references is this text itself, and is no reference; -1 for none.
        """
        total = 0
        for gram, count in grams(text, n).items():
            most = self._most.get(gram)
            if most is not None:
                total += min(count, most.second if most.text == own else most.count)
        return total

    def nearest_length(self, text: Text, *, own: bool = False) -> int:
        """The length of the reference that is about as long as a text; of two the shorter."""
        lengths, length = self.lengths, len(text)
        at = bisect_left(lengths, length)
        if own:  # one of those of this length is the text itself
            lengths = lengths[:at] + lengths[at + 1 :]
        around = lengths[max(0, at - 1) : at + 1]
        return min(around, key=lambda one: (abs(one - length), one), default=0)


def bleu(texts: Sequence[Text], references: References, *, own: bool = False) -> float | None:
    """Corpus BLEU of texts, from 0 to 1; None of empty texts with themselves.

    The n-grams of all texts are counted together, so nothing has to be smoothed:

        exp(min(0, 1 - r/c)) (product over n of found_n / all_n)^(1 / N)

    with c pieces in all texts, and r in the references nearest in length. Where no text is so long
    that it has an n-gram, N is the longest that there are.

    Args:
        texts: the texts.
        references: what they are compared with.
        own: whether the references are the same texts, each of which is compared with the others.
    """
    precisions = []
    for n in range(1, references.order + 1):
        every = sum(max(0, len(text) - n + 1) for text in texts)
        if not every:
            break
        found = sum(references.found(text, n, row if own else -1) for row, text in enumerate(texts))
        precisions.append(found / every)
    if not precisions:
        return None if own else 0.0
    if not all(precisions):
        return 0.0
    made = sum(map(len, texts))
    wanted = sum(references.nearest_length(text, own=own) for text in texts if text)
    brevity = min(0.0, 1 - wanted / made)
    return math.exp(brevity + sum(map(math.log, precisions)) / len(precisions))


def self_bleu(texts: Sequence[Text], order: int) -> float | None:
    """Corpus BLEU of each text with all others as its references; None for fewer than two."""
    return bleu(texts, References(texts, order), own=True) if len(texts) > 1 else None


def ms_jaccard(one: Sequence[Text], other: Sequence[Text], order: int) -> float | None:
    """MS-Jaccard of two sets of texts, from 0 to 1, or None if either has no n-gram.

        (product over n of sum_g min(a_g, b_g) / sum_g max(a_g, b_g))^(1 / N)

    where a_g and b_g say how often the n-gram g occurs in a text of each set, on average. Where no
    text is so long that it has an n-gram, N is the longest that both have.
    """
    shares = []
    for n in range(1, order + 1):
        first, second = all_grams(one, n), all_grams(other, n)
        if not first or not second:
            break
        shares.append(_jaccard(first, second, len(other) / len(one)))
    if not shares:
        return None
    return math.exp(sum(map(math.log, shares)) / len(shares)) if all(shares) else 0.0


def _jaccard(one: Grams, other: Grams, times: float) -> float:
    """The share of what both multisets have of all they have; the first counts so many times."""
    both = sum(min(count * times, other[gram]) for gram, count in one.items() if gram in other)
    return both / (one.total() * times + other.total() - both)
