"""Which rows of a column have a value of their own, of any number of rows: the lists are files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import overload

import numpy as np

from mmgan_core.contracts import Table
from mmgan_core.data.pairing import Rows
from mmgan_core.data.row_files import writing

# How many strings are read at once.
BLOCK = 4096
# With so many strings others are compared: a dictionary of all of them would grow with the rows.
COMPARED = 1 << 17
_FIRSTS, _NUMBERS = "firsts.bin", "numbers.bin"


class DistinctValues(Sequence[object]):
    """The distinct values of a column in the order of their first rows, which are read on access.

    Only strings, such as labels, are compared, and only with the first ``COMPARED`` distinct ones;
    bytes and paths are assumed to be distinct.
    """

    def __init__(self, table: Table, column: str, folder: Path) -> None:
        """
        Args:
            table: the table.
            column: the name of its column.
            folder: where files of row numbers may lie until ``forget``.
        """
        self.table, self.column = table, column
        self._firsts, self._numbers = folder / _FIRSTS, folder / _NUMBERS
        first = table.values(column, [0])[0] if len(table) else None
        self._compared = isinstance(first, str)
        self._count = self._compare(folder) if self._compared else len(table)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> object: ...

    @overload
    def __getitem__(self, at: slice) -> list[object]: ...

    def __getitem__(self, at: int | slice) -> object:
        if isinstance(at, int):
            return self.table.values(self.column, [self._row(at)])[0]
        start, stop, _ = at.indices(self._count)
        rows = _read(self._firsts, start, stop) if self._compared else np.arange(start, stop)
        return self.table.values(self.column, rows.tolist())

    def where(self, at: int) -> str:
        """Where a value comes from, for messages."""
        return self.table.where(self._row(at))

    def numbers(self, start: int, stop: int) -> Rows:
        """For the rows from ``start`` to ``stop``, the number of the value of each."""
        return _read(self._numbers, start, stop) if self._compared else np.arange(start, stop)

    def forget(self) -> None:
        """Remove the files; then nothing can be read any more."""
        for file in (self._firsts, self._numbers):
            file.unlink(missing_ok=True)

    def _row(self, at: int) -> int:
        return int(_read(self._firsts, at, at + 1)[0]) if self._compared else at

    def _compare(self, folder: Path) -> int:
        known: dict[bytes, int] = {}
        count, rows = 0, range(len(self.table))
        with writing(folder):
            firsts_file, numbers_file = self._firsts.open("wb"), self._numbers.open("wb")
        with firsts_file, numbers_file:
            for start in range(0, len(rows), BLOCK):
                firsts, numbers = [], []
                for row, value in enumerate(
                    self.table.values(self.column, rows[start : start + BLOCK]), start
                ):
                    key = hashlib.blake2b(repr(value).encode(), digest_size=16).digest()
                    number = known.get(key, count)
                    if number == count:
                        firsts.append(row)
                        count += 1
                        if len(known) < COMPARED:
                            known[key] = number
                    numbers.append(number)
                with writing(folder):
                    np.array(firsts, np.int64).tofile(firsts_file)
                    np.array(numbers, np.int64).tofile(numbers_file)
        return count


def _read(file: Path, start: int, stop: int) -> Rows:
    return np.fromfile(file, np.int64, max(0, stop - start), offset=8 * start)
