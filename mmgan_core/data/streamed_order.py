"""The order of rows that are read while training: which row sample number n is, without a list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmgan_core.contracts.stream import Stream
from mmgan_core.data.pairing import Order, Rows
from mmgan_core.foundation.permutation import permuted


class StreamedOrder:
    """Goes through rows in a new order in each epoch: a pure function of seed, epoch and place.

    Rows that are read alone are shuffled all together. Rows in blocks, such as the row groups of a
    Parquet file, are shuffled in two steps: the blocks of all files, and the rows within a window
    of some blocks that follow each other in this order. Only one window's rows are listed.
    """

    def __init__(self, rows: int, stream: Stream, seed: int, *, first: int = 0) -> None:
        """
        Args:
            rows: how many rows there are.
            stream: their blocks.
            seed: decides every order.
            first: the number of the first row.
        """
        self._count, self._stream, self._seed, self._first = rows, stream, seed, first
        # Each is replaced as a whole, so that threads need not wait for each other.
        self._epoch: tuple[int, Rows, Rows, Rows] | None = None
        self._window: tuple[tuple[int, int], Rows] | None = None

    def __len__(self) -> int:
        return self._count

    def rows(self, start: int, count: int) -> list[Rows]:
        """The rows of samples ``start`` to ``start + count``."""
        parts = [np.zeros(0, dtype=np.int64)]
        while count > 0:
            epoch, place = divmod(start, self._count)
            taken = min(count, self._count - place)
            parts.append(self._of(epoch, np.arange(place, place + taken)))
            start, count = start + taken, count - taken
        return [np.concatenate(parts) + self._first]

    def _of(self, epoch: int, places: Rows) -> Rows:
        blocks = self._stream.blocks
        if blocks is None:
            return permuted(places, self._count, [self._seed, epoch])
        order, edges, starts = self._blocks(epoch, blocks)
        windows = np.searchsorted(starts, places, side="right") - 1
        found = np.empty_like(places)
        for number in np.unique(windows).tolist():
            inside = windows == number
            rows = self._rows(epoch, number, order[edges[number] : edges[number + 1]], blocks)
            found[inside] = rows[places[inside] - starts[number]]
        return found

    def _blocks(self, epoch: int, blocks: Rows) -> tuple[Rows, Rows, Rows]:
        """The blocks in their order, and the first block and the first place of each window."""
        held = self._epoch
        if held is None or held[0] != epoch:
            order = np.random.Generator(np.random.PCG64([self._seed, epoch])).permutation(
                len(blocks) - 1
            )
            edges = np.linspace(0, len(order), self._stream.windows + 1).astype(np.int64)
            ends = np.concatenate([[0], np.cumsum(np.diff(blocks)[order])])
            held = self._epoch = (epoch, order, edges, ends[edges[:-1]])
        return held[1:]

    def _rows(self, epoch: int, window: int, chosen: Rows, blocks: Rows) -> Rows:
        held = self._window
        if held is None or held[0] != (epoch, window):
            listed = np.concatenate([np.arange(blocks[b], blocks[b + 1]) for b in chosen])
            np.random.Generator(np.random.PCG64([self._seed, epoch, window])).shuffle(listed)
            held = self._window = ((epoch, window), listed)
        return held[1]


class Mixture:
    """Takes rows of several orders in turn, in the proportion of their weights.

    Of any samples that follow each other, as many as all weights together, each order has exactly
    its weight.
    """

    def __init__(self, orders: Sequence[Order], weights: Sequence[int]) -> None:
        self._orders, self._weights = orders, weights
        self._turns = _turns(weights)
        self._before = np.stack(
            [np.cumsum(self._turns == n) - (self._turns == n) for n in range(len(weights))]
        )

    def __len__(self) -> int:
        """How many samples there are before a row comes again."""
        rounds = min(len(o) // w for o, w in zip(self._orders, self._weights, strict=True))
        return max(1, rounds) * len(self._turns)

    def rows(self, start: int, count: int) -> list[Rows]:
        """The rows of samples ``start`` to ``start + count``."""
        rounds, at = np.divmod(np.arange(start, start + count), len(self._turns))
        found = np.empty(count, dtype=np.int64)
        for number, (order, weight) in enumerate(zip(self._orders, self._weights, strict=True)):
            (places,) = np.nonzero(self._turns[at] == number)
            if len(places):
                first = int(rounds[places[0]]) * weight + int(self._before[number][at[places[0]]])
                (found[places],) = order.rows(first, len(places))
        return [found]


def seed_of(seed: int, share: int) -> int:
    """The seed of a share of a mixture; that of the first is the seed itself."""
    return seed + (share << 64)


def _turns(weights: Sequence[int]) -> Rows:
    """Whose turn it is in a round, as evenly as can be."""
    owed = np.zeros(len(weights), dtype=np.int64)
    turns = []
    for _ in range(sum(weights)):
        owed += weights
        turns.append(int(owed.argmax()))
        owed[turns[-1]] -= sum(weights)
    return np.array(turns)
