"""Pairing: which rows make up sample number n.

Rows are shuffled in each epoch, and joined across tables on a label.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]


class Order(Protocol):
    """Which rows sample number n consists of; a pure function, so that it has no state to save."""

    def __len__(self) -> int:
        """How many samples an epoch has."""
        ...

    def rows(self, start: int, count: int) -> list[Rows]:
        """The rows of samples ``start`` to ``start + count``, for each table."""
        ...


class Pairing:
    """Samples rows of one or more tables, as a pure function of the seed and the sample number.

    It has no state, so training can resume at sample n if n is known. Each epoch goes through the
    first table in a new order, and pairs each of its rows with a random row of every other table
    that has the same key.
    """

    def __init__(self, keys: Sequence[npt.NDArray[np.str_]], usable: Sequence[Rows], seed: int):
        """
        Args:
            keys: for each table, the key of each row, (N_t,); a single table needs no keys, and
                zeros will do.
            usable: for each table, the rows that could be read and have a partner.
            seed: decides every order and every pair.
        """
        self._seed = seed
        self._first = usable[0]
        self._groups = [
            _Groups(keys[0][usable[0]], keys[t][usable[t]], usable[t]) for t in range(1, len(keys))
        ]
        self._epoch = -1
        self._rows: list[Rows] = []

    def __len__(self) -> int:
        """How many samples an epoch has."""
        return len(self._first)

    def rows(self, start: int, count: int) -> list[Rows]:
        """The rows of samples ``start`` to ``start + count``, for each table."""
        parts: list[list[Rows]] = []
        while count > 0:
            epoch, place = divmod(start, len(self))
            taken = min(count, len(self) - place)
            parts.append([rows[place : place + taken] for rows in self._of(epoch)])
            start, count = start + taken, count - taken
        return [np.concatenate(table) for table in zip(*parts, strict=True)]

    def _of(self, epoch: int) -> list[Rows]:
        if epoch != self._epoch:
            random = np.random.Generator(np.random.PCG64([self._seed, epoch]))
            order = random.permutation(len(self._first))
            partners = [groups.sample(random)[order] for groups in self._groups]
            self._rows, self._epoch = [self._first[order], *partners], epoch
        return self._rows


class _Groups:
    """The rows of another table that each row of the first table may be paired with."""

    def __init__(self, first: npt.NDArray[np.str_], other: npt.NDArray[np.str_], rows: Rows):
        names, codes = np.unique(other, return_inverse=True)
        by_key = np.argsort(codes, kind="stable")
        sizes = np.bincount(codes, minlength=len(names))
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        at = np.searchsorted(names, first)
        self._rows, self._starts, self._sizes = rows[by_key], starts[at], sizes[at]

    def sample(self, random: np.random.Generator) -> Rows:
        picks = self._starts + (random.random(len(self._starts)) * self._sizes).astype(np.int64)
        sampled: Rows = self._rows[picks]
        return sampled


def with_partners(
    keys: Sequence[npt.NDArray[np.str_]], usable: Sequence[Rows]
) -> tuple[list[Rows], list[str]]:
    """Keep the rows whose key occurs in every table; return them and the keys that were dropped."""
    present = [set(np.unique(key[rows]).tolist()) for key, rows in zip(keys, usable, strict=True)]
    common = set.intersection(*present)
    kept = [
        rows[np.isin(key[rows], sorted(common))] for key, rows in zip(keys, usable, strict=True)
    ]
    return kept, sorted(set.union(*present) - common)
