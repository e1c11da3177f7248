"""Mixes the rows of several data sources that have the same columns, in a proportion."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Annotated

from pydantic import AfterValidator, Field

from mmgan_core.components.sources.paired import Section
from mmgan_core.contracts import Column, DataSource, Table
from mmgan_core.contracts.stream import Share, is_streamed, shares_of
from mmgan_core.errors import DataError
from mmgan_core.options import Options

_WEIGHT, _MOST = "weight", 1_000


def _weighted(section: dict[str, object]) -> dict[str, object]:
    weight = section.get(_WEIGHT, 1)
    if not isinstance(weight, int) or isinstance(weight, bool) or not 1 <= weight <= _MOST:
        raise ValueError(f"weight is a whole number from 1 to {_MOST:,}, not {weight!r}")
    return section


class MixedOptions(Options):
    """Options of `core/mixed`."""

    mix: tuple[Annotated[Section, AfterValidator(_weighted)], ...] = Field(
        min_length=2,
        description="sections like data, one for each source, each with a weight: a whole number, "
        "1 by default",
    )


class Mixed(DataSource):
    """One table of the rows of all its sources, of which training takes each by its weight."""

    Options = MixedOptions
    options: MixedOptions
    inner = "mix"

    def __init__(self, options: MixedOptions) -> None:
        super().__init__(options)
        self._sources: list[DataSource] = []

    def connect(self, open_inner: Callable[[Mapping[str, object]], DataSource]) -> None:
        """Open the sources."""
        self._sources = [
            open_inner({key: value for key, value in section.items() if key != _WEIGHT})
            for section in self.options.mix
        ]

    def tables(self, split: str) -> list[Table]:
        """One table of all rows; for testing, of as many of each source as fit its weight."""
        tables: list[Table] = []
        for number, source in enumerate(self._sources):
            where = f"data.mix.{number}"
            try:
                opened = source.tables(split)
            except DataError as error:
                raise DataError(f"{where}: {error.message}", hint=error.hint) from error
            if len(opened) > 1 or len(shares_of(opened[0])) > 1:
                raise DataError(f"{where} is of several sources itself: list them all in one mix")
            tables += opened
        weights = [int(str(section.get(_WEIGHT, 1))) for section in self.options.mix]
        rounds = None
        if split != "train":
            sizes = (len(table) // weight for table, weight in zip(tables, weights, strict=True))
            rounds = max(1, min(sizes))
        return [MixedTable(tables, weights, rounds)]


class MixedTable:
    """The rows of one table after those of another.

    Attributes:
        shares: the rows of each table, and their weight; one of all rows for testing.
    """

    def __init__(
        self, tables: Sequence[Table], weights: Sequence[int], rounds: int | None = None
    ) -> None:
        """
        Args:
            rounds: if given, only so many rows for each unit of weight, which are all of one share.

        Raises:
            DataError: if the tables differ in their columns, or only some are streamed.
        """
        self._tables = list(tables)
        counts = [len(table) for table in tables]
        if rounds is not None:
            counts = [min(c, rounds * w) for c, w in zip(counts, weights, strict=True)]
        self._starts = [0, *accumulate(counts)]
        self.columns: Mapping[str, Column] = _columns(tables)
        self.in_workers = all(getattr(table, "in_workers", True) for table in tables)
        self.notes = [note for table in tables for note in getattr(table, "notes", ())]
        said = [f"{table.digest} {count}" for table, count in zip(tables, counts, strict=True)]
        self.digest = hashlib.sha256("|".join(said).encode()).hexdigest()
        if len({is_streamed(table) for table in tables}) > 1:
            raise DataError(
                "data.mix: some sources are streamed, and others are not",
                hint="say streamed: true for each of them, or for none",
            )
        self.shares = tuple(
            Share(count, weight, shares_of(table)[0].stream)
            for count, weight, table in zip(counts, weights, tables, strict=True)
        )
        if rounds is not None:
            self.shares = (Share(len(self)),)

    def __len__(self) -> int:
        return self._starts[-1]

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """The raw values of one column in these rows, in this order."""
        found: list[object] = [None] * len(rows)
        by_table: dict[int, list[int]] = {}
        for place, row in enumerate(rows):
            by_table.setdefault(self._table(row), []).append(place)
        for number, places in by_table.items():
            inner = [rows[place] - self._starts[number] for place in places]
            for place, value in zip(
                places, self._tables[number].values(column, inner), strict=True
            ):
                found[place] = value
        return found

    def where(self, row: int) -> str:
        """Where the row comes from."""
        number = self._table(row)
        return self._tables[number].where(row - self._starts[number])

    def _table(self, row: int) -> int:
        return bisect_right(self._starts, row) - 1


def _columns(tables: Sequence[Table]) -> dict[str, Column]:
    first, *others = tables
    for number, table in enumerate(others, 1):
        odd = sorted(set(first.columns) ^ set(table.columns))
        if odd:
            raise DataError(
                f"data.mix: source 0 and source {number} differ in their columns: {', '.join(odd)}",
                hint="choose and name them in each source: columns: {...}",
            )
    return {name: _column([table.columns[name] for table in tables]) for name in first.columns}


def _column(columns: Sequence[Column]) -> Column:
    """The column of several sources: labels may be others in each."""
    first = columns[0]
    kinds = dict.fromkeys(column.modality for column in columns)
    if len(kinds) > 1:
        raise DataError(
            f"data.mix: the column {first.name!r} is {' here and '.join(map(repr, kinds))} there",
            hint="choose and name them in each source: columns: {...}",
        )
    named = all(column.names for column in columns)
    names = dict.fromkeys(name for column in columns for name in column.names) if named else {}
    return Column(first.name, first.modality, tuple(names))
