"""Keeps the rows of a table that have the values which a recipe names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field

from mmgan_core.contracts import Table
from mmgan_core.errors import DataError, nearest

# How many values are in memory at once.
BLOCK = 4096


def _strings(value: object) -> object:
    listed = value if isinstance(value, (list, tuple)) else (value,)
    # Tables return numbers as strings.
    return tuple(str(one) if isinstance(one, (int, float)) else one for one in listed)


Wanted = Annotated[tuple[str, ...], BeforeValidator(_strings), Field(min_length=1)]
"""One value or several, as strings."""


def filtered(
    table: Table, only: Mapping[str, Sequence[str]], rows: Sequence[int], split: str
) -> Sequence[int]:
    """The rows that have one of the wanted values in every column that is named, in their order.

    A missing value is never a wanted one.

    Args:
        only: the wanted values by column of the table.
        rows: the rows of the split, which may be a part of the table.
        split: a value that no training row has is refused; a test split may lack it.

    Raises:
        DataError: if there is no such column, it holds files, nothing has one of the values, or no
            row is left.
    """
    for column, wanted in only.items():
        found = _values(table, column)
        _refuse_unknown(table, column, wanted, found, split)
        rows = [row for row in rows if found[row] in wanted]
    if only and not rows:
        said = " and ".join(f"{name} {' or '.join(wanted)}" for name, wanted in only.items())
        raise DataError(
            f"data.only: the {split} split has no row with {said}",
            hint="choose values that occur together, and in both splits",
        )
    return rows


def _values(table: Table, column: str) -> list[str | None]:
    if column not in table.columns:
        raise DataError(
            f"data.only.{column}: the data have no column {column!r}",
            hint=nearest(column, table.columns),
        )
    found: list[str | None] = []
    for start in range(0, len(table), BLOCK):
        for value in table.values(column, range(len(table))[start : start + BLOCK]):
            if value is not None and not isinstance(value, str):
                raise DataError(
                    f"data.only.{column}: this column holds files, which cannot be chosen by value",
                    hint=f"name a column of words or labels, of {', '.join(table.columns)}",
                )
            found.append(value)
    return found


def _refuse_unknown(
    table: Table, column: str, wanted: Iterable[str], found: Iterable[str | None], split: str
) -> None:
    known = {value for value in found if value is not None} | set(table.columns[column].names)
    odd = next((value for value in wanted if value not in known), None)
    if odd is not None and split == "train":
        raise DataError(
            f"data.only.{column}: no row has the value {odd!r}", hint=nearest(odd, known)
        )
