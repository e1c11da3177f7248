"""Which words of a given text a sample follows: what changes if they are left out.

The influence of a word is the change of the samples, of the same noise, when it alone is deleted.
Whether that is true is tested by deletion (Petsiuk et al. 2018, "RISE",
https://arxiv.org/abs/1806.07421): words are deleted one after the other, the most influential
first, and as often in random orders. If influences say what matters, the first curve rises faster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch

from mmgan_core.contracts import row_means
from mmgan_core.errors import UsageError, nearest
from mmgan_core.foundation.plain import Plain
from mmgan_core.inference.model import Model
from mmgan_core.inference.samples import Samples
from mmgan_text.metrics.grams import grams
from mmgan_text.metrics.words import pieces

Unit = TypeVar("Unit")


@dataclass(frozen=True)
class Deletion:
    """How much each unit of what is given matters, and how well that stands a test.

    Attributes:
        influence: the change of the samples when the unit is left out, one for each.
        most_first: the change after 1, 2, ... units are left out, the most influential first.
        by_chance: the same, in the mean over random orders.
    """

    influence: tuple[float, ...]
    most_first: tuple[float, ...]
    by_chance: tuple[float, ...]

    @property
    def gain(self) -> float:
        """How much higher the first curve is, as a fraction of the other; 0 if units are alike.

        The last point, where no unit is left, is the same in both and does not count.
        """
        one, other = (sum(curve[:-1]) for curve in (self.most_first, self.by_chance))
        return one / other - 1 if other else 0.0


@dataclass(frozen=True)
class WordAttribution(Deletion):
    """How much each word of a text matters.

    Attributes:
        words: the words of the text, in order, as they are separated by white space.
    """

    words: tuple[str, ...] = ()


def word_attribution(
    model: Model,
    entry: str,
    text: str,
    *,
    made: str = "",
    noises: int = 8,
    orders: int = 8,
    seed: int = 0,
    **given: object,
) -> WordAttribution:
    """Measure which words of a given text a model's samples follow.

    Args:
        model: the model.
        entry: the given entry that gets the text.
        text: the text; it has at least one word.
        made: the made entry that is looked at; default: the first.
        noises: how many samples are made of each text, always of the same noise.
        orders: how many random orders words are deleted in.
        seed: decides the noise and the orders.
        given: values of other given entries, which stay.

    Raises:
        UsageError: if the model has no such entry, or the text no word.
    """
    name = made or model.made[0]
    for wanted, known in ((entry, model.given), (name, model.made)):
        if wanted not in known:
            raise UsageError(f"{model.name} has no entry {wanted!r}", hint=nearest(wanted, known))

    def sampled(words: Sequence[str]) -> Samples:
        said: Plain = dict(given)
        if words:  # of no word, nothing is given
            said[entry] = " ".join(words)
        return model.generate(count=noises, seed=seed, **said)

    words = tuple(text.split())
    if not words:
        raise UsageError("the text has no word", hint="give at least one")
    whole = sampled(words)
    kind = model.gan.modalities[name].kind

    def change(left: Sequence[str]) -> float:
        return apart(whole, sampled(left), name, texts=kind == "text")

    found = by_deletion(words, change, orders=orders, seed=seed)
    return WordAttribution(found.influence, found.most_first, found.by_chance, words)


def by_deletion(
    units: Sequence[Unit], change: Callable[[Sequence[Unit]], float], *, orders: int, seed: int
) -> Deletion:
    """Measure units by a function that says how much changes if only some of them are left."""
    kept: dict[frozenset[int], float] = {}

    def without(gone: Sequence[int]) -> float:
        key = frozenset(gone)
        if key not in kept:
            kept[key] = change([unit for at, unit in enumerate(units) if at not in key])
        return kept[key]

    def curve(order: Sequence[int]) -> list[float]:
        return [without(order[: count + 1]) for count in range(len(order))]

    influence = [without([at]) for at in range(len(units))]
    order = sorted(range(len(units)), key=lambda at: -influence[at])
    random = np.random.Generator(np.random.PCG64(seed))
    chance = [curve(random.permutation(len(units)).tolist()) for _ in range(orders)]
    means = np.mean(chance, axis=0).tolist()
    return Deletion(tuple(influence), tuple(curve(order)), tuple(means))


def apart(one: Samples, other: Samples, name: str, *, texts: bool) -> float:
    """How far samples of the same noise are apart: 0 if they are equal.

    Texts by the share of their words that they have not in common, from 0 to 1; other samples by
    the root of the mean squared difference of their numbers.
    """
    if texts:
        pairs = zip(one[name], other[name], strict=True)
        return float(np.mean([_unshared(str(first), str(second)) for first, second in pairs]))
    squared = row_means((one.tensors[name] - other.tensors[name]).square(), None)
    return float(torch.sqrt(squared).mean())


def _unshared(one: str, other: str) -> float:
    first, second = (grams(pieces(text), 1) for text in (one, other))
    every = first.total() + second.total()
    return 1 - 2 * (first & second).total() / every if every else 0.0
