"""Joins several data sources that share no rows, on a label, or draws from each by chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field

from mmgan_core.contracts import DataSource, Table
from mmgan_core.contracts.stream import is_streamed, shares_of
from mmgan_core.errors import DataError
from mmgan_core.options import Options


def _expanded(value: object) -> object:
    return {"use": value} if isinstance(value, str) else value


Section = Annotated[dict[str, object], BeforeValidator(_expanded)]


class PairedOptions(Options):
    """Options of `core/paired`."""

    sources: tuple[Section, ...] = Field(
        min_length=2, description="sections like data, one for each source"
    )
    pair_on: str | None = Field(
        description="the column on which rows are paired; null: each row is paired with rows of "
        "the others by chance"
    )


class Paired(DataSource):
    """All tables of its sources, paired on a column that they all have, or not at all."""

    Options = PairedOptions
    options: PairedOptions

    def __init__(self, options: PairedOptions) -> None:
        super().__init__(options)
        self._sources: list[DataSource] = []

    def connect(self, open_inner: Callable[[Mapping[str, object]], DataSource]) -> None:
        """Open the sources."""
        self._sources = [open_inner(section) for section in self.options.sources]

    def tables(self, split: str) -> list[Table]:
        """The tables of every source."""
        tables = []
        for number, source in enumerate(self._sources):
            try:
                tables += source.tables(split)
            except DataError as error:
                message = f"data.sources.{number}: {error.message}"
                raise DataError(message, hint=error.hint) from error
        for table in tables:
            if is_streamed(table) or len(shares_of(table)) > 1:
                raise DataError(
                    "data.sources: neither streamed data nor a mix can be paired, because all "
                    "rows would have to be compared first",
                    hint="leave out streamed and mix, or mix the sources: data: {mix: [...]}",
                )
        for table in tables if self.pair_on else ():
            if self.pair_on not in table.columns:
                raise DataError(
                    f"pair_on: no column {self.pair_on!r} beside {', '.join(table.columns)}",
                    hint="name it in that source's columns: {...}",
                )
        if self.pair_on:
            _refuse_other_names(tables, self.pair_on)
        return tables

    @property
    def pair_on(self) -> str:
        """The column that every table has; "" if rows are paired by chance."""
        return self.options.pair_on or ""


def _refuse_other_names(tables: Sequence[Table], column: str) -> None:
    first, *others = (set(table.columns[column].names) for table in tables)
    for names in others:
        if first and names and not first & names:
            raise DataError(
                f"the sources name {column!r} differently: "
                f"{', '.join(sorted(first)[:5])} ... and {', '.join(sorted(names)[:5])} ...",
                hint=f"rename them in one source: names: {{{column}: [...]}}",
            )
