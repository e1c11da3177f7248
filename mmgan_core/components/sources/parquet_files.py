"""Opens Parquet files when they are read, a few at a time, and keeps the row groups read last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import RLock
from typing import TYPE_CHECKING

from mmgan_core.components.sources.shards import Shard, refuse_changed
from mmgan_core.errors import DataError

if TYPE_CHECKING:
    from pyarrow import ChunkedArray
    from pyarrow.parquet import ParquetFile

# Equal values take next to nothing, but not nothing.
_MOST_ROWS_A_BYTE = 1_000
# So many files are open at once: a system allows a process a thousand or so.
_MOST_OPEN = 32


class ParquetFiles:
    """Reads columns of row groups of some files; several threads may ask it.

    Attributes:
        kept: so many row groups of each column stay in memory.
    """

    def __init__(self, shards: Sequence[Shard], stamps: Sequence[str] = ()) -> None:
        """
        Args:
            stamps: if given, a file whose stamp is another when it is opened is refused.
        """
        self._shards, self._stamps = shards, stamps
        self._open: OrderedDict[int, ParquetFile] = OrderedDict()
        self._read: dict[str, OrderedDict[tuple[int, int], ChunkedArray]] = {}
        self._turn = RLock()
        self.kept = 1

    def file(self, number: int) -> ParquetFile:
        """A file, which may be closed when others are asked for.

        Raises:
            DataError: if it is no Parquet file, or was changed.
        """
        with self._turn:
            if number not in self._open:
                if self._stamps:
                    refuse_changed(self._shards[number], self._stamps[number])
                self._open[number] = _opened(self._shards[number])
                if len(self._open) > _MOST_OPEN:
                    self._open.popitem(last=False)[1].close()
            self._open.move_to_end(number)
            return self._open[number]

    def column(self, name: str, number: int, group: int, rows: int) -> ChunkedArray:
        """A column of a row group of a file.

        Args:
            rows: how many rows the group has.

        Raises:
            DataError: if it is damaged.
        """
        place = (number, group)
        with self._turn:
            kept = self._read.setdefault(name, OrderedDict())
            if place not in kept:
                kept[place] = self._column(name, number, group, rows)
                while len(kept) > self.kept:
                    kept.popitem(last=False)
            kept.move_to_end(place)
            return kept[place]

    def _column(self, name: str, number: int, group: int, rows: int) -> ChunkedArray:
        file = self.file(number)
        try:
            found = file.read_row_group(group, columns=[name]).column(0)
            if len(found) != rows:
                raise ValueError(f"{len(found)} rows instead of {rows}")
            return found
        except Exception as error:  # what a reader of tables may raise cannot be listed
            raise DataError(f"{self._shards[number]} is damaged: {error}") from None


def _opened(shard: Shard) -> ParquetFile:
    import pyarrow.parquet as parquet

    try:
        opened = parquet.ParquetFile(shard.opened())
        _ = opened.schema_arrow  # which may be damaged, too
        check_counts(opened, shard.size)
        return opened
    except Exception as error:  # what a reader of tables may raise cannot be listed
        raise DataError(f"{shard} is not a Parquet file: {error}") from None


def check_counts(file: ParquetFile, size: int) -> None:
    """Refuse numbers of rows that cannot be, before anything is made of so many.

    What a row group says of its columns is not asked: pyarrow ends the process, and raises nothing,
    where that is damaged. Whether a group has as many rows as it says is seen when it is read.
    """
    groups = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
    rows = file.metadata.num_rows
    if sum(groups) != rows or min(groups, default=0) < 0 or rows > _MOST_ROWS_A_BYTE * size:
        raise ValueError("its numbers of rows do not fit each other")
