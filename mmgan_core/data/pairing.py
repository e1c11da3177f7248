"""Which rows make up sample number n: shuffled each epoch, and joined across tables on a label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]


class Pairing:
    """Draws rows of one or more tables as a pure function of seed and sample number.

    Because nothing is remembered, going on at sample n needs only n. The first table is gone
    through in a new order each epoch; each of its rows meets a random row of every other table
    that has the same key.
    """

    def __init__(self, keys: Sequence[npt.NDArray[np.str_]], usable: Sequence[Rows], seed: int):
        """
        Args:
            keys: for each table the key of each row, (N_t,); one table needs none ((N,) zeros do).
            usable: for each table the rows that could be read and have a partner.
            seed: decides every order.
        """
        self._seed = seed
        self._first = usable[0]
        self._groups = [
            _Groups(keys[0][usable[0]], keys[t][usable[t]], usable[t]) for t in range(1, len(keys))
        ]
        self._epoch = -1
        self._rows: list[Rows] = []

    def __len__(self) -> int:
        """Samples of an epoch."""
        return len(self._first)

    def rows(self, start: int, count: int) -> list[Rows]:
        """For each table the rows of samples ``start`` to ``start + count``."""
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
    """The rows of another table that each row of the first may meet."""

    def __init__(self, first: npt.NDArray[np.str_], other: npt.NDArray[np.str_], rows: Rows):
        names, codes = np.unique(other, return_inverse=True)
        by_key = np.argsort(codes, kind="stable")
        sizes = np.bincount(codes, minlength=len(names))
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        at = np.searchsorted(names, first)
        self._rows, self._starts, self._sizes = rows[by_key], starts[at], sizes[at]

    def sample(self, random: np.random.Generator) -> Rows:
        picks = self._starts + (random.random(len(self._starts)) * self._sizes).astype(np.int64)
        drawn: Rows = self._rows[picks]
        return drawn


def with_partners(
    keys: Sequence[npt.NDArray[np.str_]], usable: Sequence[Rows]
) -> tuple[list[Rows], list[str]]:
    """Keep the rows whose key every table has; also names the keys that were dropped."""
    present = [set(np.unique(key[rows]).tolist()) for key, rows in zip(keys, usable, strict=True)]
    common = set.intersection(*present)
    kept = [
        rows[np.isin(key[rows], sorted(common))] for key, rows in zip(keys, usable, strict=True)
    ]
    return kept, sorted(set.union(*present) - common)
