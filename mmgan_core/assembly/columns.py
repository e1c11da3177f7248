"""Finds the table of the data that has a column."""

from __future__ import annotations

from collections.abc import Sequence

from mmgan_core.contracts import Column, Table
from mmgan_core.contracts.stream import is_streamed
from mmgan_core.errors import RecipeError, nearest
from mmgan_core.foundation.spread import spread_runs

# Of data that are read while training, options are read off at most so many rows.
MOST_READ_OFF, _RUNS = 2_048, 8


def find_column(tables: Sequence[Table], column: str, where: str) -> tuple[Table, Column]:
    """The first table that has a column.

    Raises:
        RecipeError: if no table has it; names the nearest column.
    """
    for table in tables:
        if column in table.columns:
            return table, table.columns[column]
    known = [name for table in tables for name in table.columns]
    raise RecipeError(
        f"{where}: the data have no column {column!r}",
        hint=f"{nearest(column, known)} Name it: column: ...",
    )


def rows_to_read_off(table: Table, count: int) -> Sequence[int]:
    """The rows of which options are read off: the first; a few of all, if a table is streamed."""
    if is_streamed(table):
        rows: list[int] = spread_runs(len(table), min(count, MOST_READ_OFF), _RUNS).tolist()
        return rows
    return range(min(count, len(table)))
