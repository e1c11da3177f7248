"""Retrieval (R-precision): does a sample find its own given value among others?

In the space of the recipe's matcher, a sample is right if it lies nearer to its own given value
than to any of 99 others: Xu et al. 2018, "AttnGAN", https://arxiv.org/abs/1711.10485. The others
are drawn from the distinct given values of the other rows; if there are fewer, all of them are
compared, and the number's name says how many candidates there were. By chance, one sample in as
many is right.

With an `encoder`, no matcher is needed: in the features of that frozen encoder, a sample is right
if it lies nearer to the real sample of its own row than to any of 99 others, such as a caption that
was made to the real caption.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import normalize

from mmgan_core.components.condition_accuracy import wilson
from mmgan_core.components.feature_metric import BATCH, FeatureOptions
from mmgan_core.contracts import Evaluated, Matched, Measurement, Metric


class RetrievalOptions(FeatureOptions):
    """Options of `core/retrieval`."""

    encoder: dict[str, object] | None = Field(
        None,
        description="a frozen encoder in whose features samples find the real one of their row, as "
        "use and its options; default: they find what was given, in the matcher's space",
    )
    candidates: int = Field(100, ge=2, description="values compared, its own among them")


class Retrieval(Metric):
    """The share of samples that are right, with its 95 % interval; the floor is of real samples."""

    Options = RetrievalOptions
    options: RetrievalOptions
    needs = frozenset({"matched"})
    explains: ClassVar[Mapping[str, str]] = {
        "retrieval": "The fraction of samples that match what was given better than what was "
        "given to others.",
        "real one found": "The fraction of samples that are more like the real one of "
        "their row than like those of others.",
    }

    def __init__(self, options: RetrievalOptions) -> None:
        super().__init__(options)
        self.encoder = options.encoder
        if self.encoder:
            self.needs = frozenset({"values", "references", "encode"})

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return one number, or nothing if all values that could be found are equal."""
        matched = _with_references(fake) if self.encoder else fake.matched
        candidates = min(self.options.candidates, len(matched.meaning.unique()))
        if candidates < 2:
            return []
        right, count = found(matched, candidates), len(matched.meaning)
        low, high = wilson(right, count)
        if self.encoder:
            name = f"real one found (1 of {candidates})"
            return [Measurement(name, right / count, None, low, high, n=count)]
        floor = None
        if len(real.matched.meaning.unique()) >= candidates:
            floor = found(real.matched, candidates) / len(real.matched.meaning)
        name = f"retrieval (1 of {candidates})"
        return [Measurement(name, right / count, floor, low, high, n=count)]


def _with_references(made: Evaluated) -> Matched:
    """Samples and the real samples of their rows."""
    real = made.references.values
    samples, given = (normalize(_pooled(values, made), dim=1) for values in (made.values, real))
    numbers: dict[object, int] = {}
    meaning = [numbers.setdefault(_key(value), len(numbers)) for value in real]
    return Matched(samples, given, torch.tensor(meaning, dtype=torch.long))


def _key(value: object) -> object:
    """What equal values have in common, as far as they can be compared."""
    try:
        hash(value)
    except TypeError:
        return id(value)
    return value


def _pooled(values: Sequence[object], by: Evaluated) -> Tensor:
    """The features of values, (N, F)."""
    parts = [by.encode(values[at : at + BATCH]).pooled for at in range(0, len(values), BATCH)]
    return torch.cat(parts).cpu() if parts else torch.empty(0, 1)


def found(matched: Matched, candidates: int) -> int:
    """How many samples lie nearest to their own of so many distinct given values."""
    return int(nearest_own(matched, candidates).sum())


def nearest_own(matched: Matched, candidates: int) -> Tensor:
    """Which samples lie nearest to their own of so many distinct given values, (N,).

    A sample that lies as near to another one is not right. The other values are always the same.
    """
    meaning, first = _distinct(matched.meaning)
    values = matched.given[first].double()  # (D, E)
    random = torch.Generator().manual_seed(0)
    right = []
    for row, own in enumerate(meaning.tolist()):
        others = torch.randperm(len(first) - 1, generator=random)[: candidates - 1]
        others = others + (others >= own)  # all but its own
        cosines = values @ matched.samples[row].double()  # (D,)
        right.append(bool(cosines[own] > cosines[others].max()))
    return torch.tensor(right)


def _distinct(meaning: Tensor) -> tuple[Tensor, Tensor]:
    """Number the distinct meanings from 0, (N,), and return a row that has each, (D,)."""
    _, numbered = meaning.unique(return_inverse=True)
    order = numbered.argsort(stable=True)
    starts = torch.cat([torch.zeros(1, dtype=torch.long), numbered.bincount().cumsum(0)[:-1]])
    return numbered, order[starts]
