"""Some rows of a table, where all of them would be too many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mmgan_core.contracts import Column, Table
from mmgan_core.contracts.stream import is_streamed
from mmgan_core.foundation.spread import spread_runs

# Of a table that is streamed so many rows are used where all are looked at, such as in evaluation.
MOST, _RUNS = 10_000, 64


class SomeRows:
    """Some rows of another table, by their numbers; it is not streamed."""

    def __init__(self, table: Table, rows: Sequence[int]) -> None:
        self._table, self._rows = table, rows
        self.in_workers = bool(getattr(table, "in_workers", True))
        self.columns: Mapping[str, Column] = table.columns
        self.digest = f"{table.digest}|{len(rows)} rows"

    def __len__(self) -> int:
        return len(self._rows)

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """The raw values of one column in these rows, in this order."""
        return self._table.values(column, [self._rows[row] for row in rows])

    def where(self, row: int) -> str:
        """Where a row comes from."""
        return self._table.where(self._rows[row])


def bounded(table: Table) -> Table:
    """The table, or rows that are spread over it if it is streamed."""
    if not is_streamed(table):
        return table
    return SomeRows(table, spread_runs(len(table), MOST, _RUNS).tolist())
