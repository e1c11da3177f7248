"""Finds the table of the data that has a column."""

from __future__ import annotations

from collections.abc import Sequence

from mmgan_core.contracts import Column, Table
from mmgan_core.errors import RecipeError, nearest


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
