"""Data sources: rows at random access, the same every time."""

from __future__ import annotations

import io
from multiprocessing.reduction import ForkingPickler

from mmgan_core.contracts import DataSource, Table
from mmgan_core.errors import DataError
from mmgan_core.testing.cases import PlainCase
from mmgan_core.testing.check import Broken, check


@check(
    "its tables have rows, columns and a digest of their content",
    "data_source",
    advice="tables(split) returns objects with columns, digest, values(), where() and a length",
)
def tables_are_complete(case: PlainCase) -> None:
    source: DataSource = case.build()
    tables = source.tables("train")
    if not tables:
        raise Broken("the training split has no table")
    again = case.build().tables("train")
    for table, twin in zip(tables, again, strict=True):
        if not len(table) or not table.columns:
            raise Broken("a table without rows or columns")
        if not table.digest or table.digest != twin.digest:
            raise Broken("the digest is not the same when the source is opened again")
        _check_values(table)
        if not table.where(0):
            raise Broken("where() must name a row")
    if len(tables) > 1 and any(source.pair_on not in table.columns for table in tables):
        raise Broken(f"several tables need pair_on, a column of each; it is {source.pair_on!r}")


@check(
    "its splits share no content",
    "data_source",
    advice="hold some rows out, always the same ones; raise DataError if there is no test split",
)
def splits_are_apart(case: PlainCase) -> None:
    source: DataSource = case.build()
    try:
        test = source.tables("test")
    except DataError:
        return
    for one, other in zip(source.tables("train"), test, strict=True):
        if one.digest == other.digest:
            raise Broken("train and test have the same digest")
        if set(one.columns) != set(other.columns):
            raise Broken("train and test have different columns")


@check(
    "another split is refused by a DataError",
    "data_source",
    advice="raise DataError, and name the splits that there are",
)
def other_splits(case: PlainCase) -> None:
    try:
        case.build().tables("no-such-split")
    except DataError:
        return
    raise Broken("it opens a split called 'no-such-split'")


def _check_values(table: Table) -> None:
    last = len(table) - 1
    for name, column in table.columns.items():
        if column.name != name:
            raise Broken(f"the column {name!r} calls itself {column.name!r}")
        first, middle = table.values(name, [0])[0], table.values(name, [last, 0])
        if len(middle) != 2 or middle[1] != first:
            raise Broken(f"{name}: rows must come in the order asked for")
        if column.modality == "label" and not isinstance(first, str | None):
            raise Broken(f"{name}: labels come as their names, not as {type(first).__name__}")
    try:
        ForkingPickler(io.BytesIO()).dump(table)
    except Exception as error:
        raise Broken(f"a table cannot go to a worker: {type(error).__name__}: {error}") from None
