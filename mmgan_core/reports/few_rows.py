"""A few rows of a recipe's data, spread evenly, so that a page need not read all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mmgan_core.contracts import Column, DataSource, Table
from mmgan_core.options import Options

ROWS = 240


class FewRows:
    """A table of every n-th row of another one, at most ``ROWS``."""

    def __init__(self, table: Table) -> None:
        count = min(ROWS, len(table))
        self._table = table
        self._rows = [len(table) * row // count for row in range(count)]

    @property
    def columns(self) -> Mapping[str, Column]:
        """The columns by name."""
        return self._table.columns

    @property
    def digest(self) -> str:
        """A hash of the content."""
        return f"{self._table.digest}, {len(self._rows)} rows"

    def __len__(self) -> int:
        return len(self._rows)

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """The raw values of one column in these rows, in this order."""
        return self._table.values(column, [self._rows[row] for row in rows])

    def where(self, row: int) -> str:
        """Where a row comes from."""
        return self._table.where(self._rows[row])


class FewRowsOfSource(DataSource):
    """A data source whose tables are cut to a few rows."""

    Options = Options

    def __init__(self, source: DataSource) -> None:
        super().__init__(source.options)
        self._source = source

    def tables(self, split: str) -> list[Table]:
        """The tables of a split."""
        return [FewRows(table) for table in self._source.tables(split)]

    @property
    def pair_on(self) -> str:
        """The column on which several tables are paired."""
        return self._source.pair_on
