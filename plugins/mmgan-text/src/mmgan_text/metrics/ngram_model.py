"""A model of texts without a network: which piece comes after the last few, by counting.

    p_k(w | h) = max(c(h w) - D, 0) / c(h) + D N(h) / c(h) p_{k-1}(w | h')

c counts in the training texts, N(h) is how many different pieces came after h, and h' is h without
its first piece; p_0 is the share of each piece among all. This is absolute discounting with
interpolation: Ney, Essen, Kneser 1994, https://doi.org/10.1006/csla.1994.1001. At a temperature t
the pieces have probabilities in proportion to p^(1/t).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mmgan_text.metrics.words import Text

# How much of each count the shorter contexts get.
DISCOUNT = 0.75
# No piece of a text is empty.
_START = _END = ""
Numbers = npt.NDArray[np.float64]
Pieces = npt.NDArray[np.int64]


class NgramModel:
    """Counts of what follows up to ``order - 1`` pieces."""

    def __init__(self, texts: Sequence[Text], order: int = 3) -> None:
        """
        Args:
            texts: what it learns from; at least one is not empty.
            order: how long the n-grams are.
        """
        self.order = order
        self.longest = max(map(len, texts))
        self.names = [_END, *sorted({piece for text in texts for piece in text})]
        self._numbers = {name: number for number, name in enumerate(self.names)}
        counted: dict[Text, Counter[int]] = defaultdict(Counter)
        for text in texts:
            self._count(text, counted)
        self._after = {context: _columns(found) for context, found in counted.items()}

    def _count(self, text: Text, counted: dict[Text, Counter[int]]) -> None:
        padded = (_START,) * (self.order - 1) + text + (_END,)
        for at in range(self.order - 1, len(padded)):
            number = self._numbers[padded[at]]
            for size in range(self.order):
                counted[padded[at - size : at]][number] += 1

    def after(self, context: Text) -> Numbers:
        """How likely each of ``names`` comes after these pieces, (V,); "" is the end."""
        pieces, counts = self._after[()]
        likely = np.zeros(len(self.names))
        likely[pieces] = counts / counts.sum()
        for size in range(1, self.order):
            found = self._after.get(context[len(context) - size :])
            if found is None:
                break
            pieces, counts = found
            total = counts.sum()
            likely *= DISCOUNT * len(pieces) / total
            likely[pieces] += (counts - DISCOUNT) / total
        return likely

    def sample(self, count: int, temperature: float, seed: int) -> list[Text]:
        """Make texts, none longer than the longest that it learned from."""
        random = np.random.Generator(np.random.PCG64(seed))
        return [self._one(temperature, random) for _ in range(count)]

    def _one(self, temperature: float, random: np.random.Generator) -> Text:
        text: Text = ()
        while len(text) < self.longest:
            context = ((_START,) * (self.order - 1) + text)[len(text) :]
            likely = self.after(context)
            if temperature != 1:
                likely = (likely / likely.max()) ** (1 / temperature)
            reached = likely.cumsum()
            chosen = int(np.searchsorted(reached, random.random() * reached[-1], side="right"))
            if self.names[chosen] == _END:
                break
            text += (self.names[chosen],)
        return text


def _columns(counted: Counter[int]) -> tuple[Pieces, Numbers]:
    return np.array(list(counted)), np.array(list(counted.values()), dtype=np.float64)
