"""The rows and columns that a recipe chooses of a source's tables."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import Field

from mmgan_core.contracts import Column, Table
from mmgan_core.errors import DataError, nearest
from mmgan_core.options import Options


class ChosenRowsOptions(Options):
    """What every source of files lets a recipe say."""

    columns: dict[str, str] = Field({}, description="new name: column; only these are seen")
    names: dict[str, tuple[str, ...]] = Field({}, description="other names for a label's numbers")
    limit: int | None = Field(None, ge=1, description="only so many rows")
    test_fraction: float = Field(
        0.1, ge=0, lt=1, description="share of rows to test on, where there is no test split"
    )


class ChosenRows:
    """A table seen through a recipe's options."""

    def __init__(
        self, table: Table, options: ChosenRowsOptions, rows: Sequence[int] | None = None
    ) -> None:
        self._table = table
        self._rows = rows if rows is not None else range(len(table))
        if options.limit is not None:
            self._rows = self._rows[: options.limit]
        self._source = self._chosen_columns(options)
        self.columns: Mapping[str, Column] = {
            new: self._renamed(new, options) for new in self._source
        }
        chosen = f"{table.digest}|{options.model_dump_json()}|{len(self._rows)}|{rows is None}"
        self.digest = hashlib.blake2b(chosen.encode(), digest_size=20).hexdigest()

    def __len__(self) -> int:
        return len(self._rows)

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """Raw values; labels by their names here."""
        source = self._source[column]
        found = self._table.values(source, [self._rows[row] for row in rows])
        old, new = self._table.columns[source].names, self.columns[column].names
        if old == new:
            return found
        other = dict(zip(old, new, strict=True))
        return [other.get(str(value), value) for value in found]

    def where(self, row: int) -> str:
        """Where the row lies."""
        return self._table.where(self._rows[row])

    def _chosen_columns(self, options: ChosenRowsOptions) -> dict[str, str]:
        known = self._table.columns
        for new, source in options.columns.items():
            if source not in known:
                raise DataError(
                    f"data.columns.{new}: the data have no column {source!r}",
                    hint=nearest(source, known),
                )
        return options.columns or {name: name for name in known}

    def _renamed(self, new: str, options: ChosenRowsOptions) -> Column:
        column = replace(self._table.columns[self._source[new]], name=new)
        if new not in options.names:
            return column
        names = options.names[new]
        if len(names) != len(column.names):
            raise DataError(
                f"data.names.{new} gives {len(names)} names, the data have {len(column.names)}",
                hint=f"they are {', '.join(column.names[:20])}",
            )
        return replace(column, names=names)


def held_out(table: Table, fraction: float, split: str) -> list[int]:
    """The rows of a split of a table that has none, by a hash of each row's number and the digest.

    Raises:
        DataError: if the test split is asked for and the fraction is 0.
    """
    if split == "test" and fraction == 0:
        raise DataError("there is no test split, and test_fraction is 0")

    def to_test(row: int) -> bool:
        text = f"{table.digest}|{row}".encode()
        draw = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") / 2**64
        return draw < fraction

    return [row for row in range(len(table)) if to_test(row) == (split == "test")]
