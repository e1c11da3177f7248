"""The feed of a table that is larger than memory and disk: it is decoded while training goes on.

The batch of samples n to n + B depends on the seed and n alone, as that of every feed, so that a
training resumes bit for bit and no place in the data has to be saved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from threading import Lock

import numpy as np
import numpy.typing as npt

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.columns import find_column
from mmgan_core.assembly.gan import GAN
from mmgan_core.contracts import Table
from mmgan_core.contracts.stream import Share, shares_of
from mmgan_core.data.pairing import Order, Rows
from mmgan_core.data.prepared import MISSING, Arrays, BadRow, prepared_sample
from mmgan_core.data.read_ahead import ReadAhead, threads
from mmgan_core.data.streamed_column import StreamedColumn
from mmgan_core.data.streamed_order import Mixture, StreamedOrder, seed_of
from mmgan_core.data.taken import Taken
from mmgan_core.errors import DataError
from mmgan_core.foundation.spread import spread_runs

# In so many rows each column must have a value that can be read.
_KNOWN, _RUNS = 2_048, 8
# Bad rows are judged as if so many had been read at least, and so many are named.
_JUDGED, _NAMED = 1_000, 1_000


class StreamedBatches:
    """Batches of rows of a training split that are read in their order, ahead of use.

    A row that cannot be read is left out: in its place stands that of the next sample whose row can
    be. More of them than ``bad_rows`` allows, of all that were read so far, end the training.

    Attributes:
        table: the table.
        orders: the order of each phase of a step.
    """

    def __init__(self, blueprint: Blueprint, gan: GAN, table: Table) -> None:
        """
        Args:
            table: the table, which says how it is streamed.

        Raises:
            DataError: if a column has no value that can be read, or too many rows are bad.
        """
        recipe = blueprint.recipe
        self.table = table
        self._allowed = recipe.bad_rows
        same = recipe.align.same if recipe.align else ""
        self._same = find_column([table], same, "align.same")[1].name if same else ""
        known = spread_runs(len(table), _KNOWN, _RUNS).tolist()

        def column(name: str, column: str, *, given: bool) -> StreamedColumn:
            find_column([table], column, f"{'given' if given else 'make'}.{name}")
            if not given:
                prepare = partial(prepared_sample, blueprint.modalities[name])
                return StreamedColumn(table, column, prepare, known)
            alone = not gan.encoder(name).in_workers
            return StreamedColumn(table, column, gan.preparing(name), known, alone=alone)

        self._of_given = {n: column(n, p.column, given=True) for n, p in blueprint.given.items()}
        self._of_made = {n: column(n, p.column, given=False) for n, p in blueprint.make.items()}
        self._may_lack = {n for n, entry in recipe.given.items() if entry.may_be_missing}
        self._counting, self._read_rows, self._bad_rows = Lock(), 0, 0
        self._named: dict[str, dict[int, BadRow]] = {}
        self.orders = [_order(shares_of(table), recipe.seed * 2 + phase) for phase in (0, 1)]
        pool = threads()
        self._ahead = [ReadAhead(partial(self._made_of, order), pool) for order in self.orders]

    @property
    def bad(self) -> dict[str, tuple[BadRow, ...]]:
        """The rows of each entry that could not be read so far, the first of them."""
        with self._counting:
            named = {name: tuple(rows.values()) for name, rows in self._named.items()}
        return {name: named.get(name, ()) for name in (*self._of_given, *self._of_made)}

    def rows(self, start: int, count: int) -> list[Rows]:
        """Return the rows of samples ``start`` to ``start + count``."""
        return list(self._made_of(self.orders[0], start, count).rows)

    def meaning(self, rows: Rows) -> npt.NDArray[np.int64]:
        """Return a number for each sample, (B,); rows that mean the same have equal numbers."""
        if not self._same:
            return rows
        values = self.table.values(self._same, rows.tolist())
        return np.array([_number(str(value).encode()) for value in values], dtype=np.int64)

    def raw(self, entry: str, rows: Rows) -> list[object]:
        """Return the raw values of an entry in these rows."""
        column = (self._of_given.get(entry) or self._of_made[entry]).column
        return self.table.values(column, rows.tolist())

    def different(self, entry: str, rows: Rows) -> npt.NDArray[np.int64]:
        """Return a number for each of these rows of a given entry; equal values have equal ones."""
        arrays, _ = self._of_given[entry].read(rows)
        contents = [
            b"".join(arrays[key][place].tobytes() for key in sorted(arrays))
            for place in range(len(rows))
        ]
        return np.unique(np.array([_number(one) for one in contents]), return_inverse=True)[1]

    def taken(self, phase: int, start: int, count: int) -> Taken:
        """The arrays of a batch; see ``Feed.batch``."""
        return self._ahead[phase].get(start, count)

    def _made_of(self, order: Order, start: int, count: int) -> Taken:
        """The batch of some samples, with other rows in the places of bad ones."""
        taken, good = self._of_rows(order.rows(start, count)[0])
        beyond = start + count
        for place in np.flatnonzero(~good).tolist():
            after = place + int(np.argmax(good[place:]))
            if good[after]:
                _copy(taken, after, taken, place)
                continue
            while True:  # the rule on bad rows ends it, if nothing else
                other, is_good = self._of_rows(order.rows(beyond, 1)[0])
                beyond += 1
                if is_good[0]:
                    break
            for last in range(place, count):  # all of them are bad
                _copy(other, 0, taken, last)
            break
        for name, present in taken.present.items():
            _fill_up(taken.given[name], present)
        return taken

    def _of_rows(self, rows: Rows) -> tuple[Taken, npt.NDArray[np.bool_]]:
        """The arrays of rows, and which of them can be read."""
        good = np.ones(len(rows), dtype=bool)
        present: Arrays = {}
        bad: list[tuple[str, int, str]] = []

        def read(name: str, column: StreamedColumn) -> Arrays:
            arrays, reasons = column.read(rows)
            if name in self._may_lack:
                lacking = [place for place, why in reasons.items() if why == MISSING]
                present[name] = np.ones(len(rows), dtype=bool)
                present[name][lacking] = False
                reasons = {at: why for at, why in reasons.items() if why != MISSING}
            good[list(reasons)] = False
            bad.extend((name, int(rows[place]), why) for place, why in reasons.items())
            return arrays

        given = {name: read(name, column) for name, column in self._of_given.items()}
        made = {name: read(name, column) for name, column in self._of_made.items()}
        self._count(len(rows), int((~good).sum()), bad)
        return Taken([rows.copy()], given, made, present), good

    def _count(self, rows: int, bad_rows: int, bad: Sequence[tuple[str, int, str]]) -> None:
        """Count rows that were read, and judge those that could not be.

        Raises:
            DataError: if they are too many; names the first.
        """
        with self._counting:
            self._read_rows += rows
            self._bad_rows += bad_rows
            for name, row, why in bad:
                named = self._named.setdefault(name, {})
                if len(named) < _NAMED and row not in named:
                    named[row] = BadRow(row, self.table.where(row), why)
            judged = max(self._read_rows, min(_JUDGED, len(self.table)))
            most = max(self._allowed * judged, 1 if self._allowed else 0)
            if self._bad_rows <= most:
                return
            said = [
                f"{row.where}, {name}: {row.reason}"
                for name, named in self._named.items()
                for row in named.values()
            ]
            raise DataError(
                f"{self._bad_rows:,} of the {self._read_rows:,} rows that were read so far cannot "
                f"be, bad_rows allows {self._allowed:.1%}:\n    " + "\n    ".join(said[:5]),
                hint="repair the data, or raise bad_rows in the recipe or on the command line",
            )


def _order(shares: Sequence[Share], seed: int) -> Order:
    orders: list[Order] = []
    first = 0
    for number, share in enumerate(shares):
        assert share.stream is not None
        own = seed_of(seed, number)
        orders.append(StreamedOrder(share.rows, share.stream, own, first=first))
        first += share.rows
    return Mixture(orders, [share.weight for share in shares]) if len(orders) > 1 else orders[0]


def _number(content: bytes) -> int:
    digest = hashlib.blake2b(content, digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _copy(other: Taken, source: int, taken: Taken, place: int) -> None:
    """Put a row of a batch in the place of a row of another."""
    taken.rows[0][place] = other.rows[0][source]
    pairs: list[tuple[Mapping[str, Arrays], Mapping[str, Arrays]]] = [
        (other.given, taken.given),
        (other.made, taken.made),
        ({"": other.present}, {"": taken.present}),
    ]
    for theirs, ours in pairs:
        for name, arrays in ours.items():
            for key, array in arrays.items():
                array[place] = theirs[name][key][source]


def _fill_up(arrays: Arrays, present: npt.NDArray[np.generic]) -> None:
    """Give rows without a value that of another, so that statistics stay those of real values."""
    having = np.flatnonzero(present)
    lacking = np.flatnonzero(~present.astype(bool))
    if len(having):
        for array in arrays.values():
            array[lacking] = array[having[np.arange(len(lacking)) % len(having)]]
