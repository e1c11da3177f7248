"""Data sources: rows in random access, always the same."""

from __future__ import annotations

import hashlib
import io
import pickle
from multiprocessing.reduction import ForkingPickler

from mmgan_core.contracts import DataSource, Table
from mmgan_core.errors import DataError
from mmgan_core.testing.cases import PlainCase
from mmgan_core.testing.check import Broken, check

# Of a large table, the first rows are enough.
ROWS = 1000
# Kinds of data of which many rows hold the same value.
SHARED = ("label", "")


@check(
    "its tables have rows, columns and a digest of their content",
    "data_source",
    advice="return objects with columns, digest, values(), where() and a length from tables(split)",
)
def tables_are_complete(case: PlainCase[DataSource]) -> None:
    source: DataSource = case.build()
    tables = source.tables("train")
    if not tables:
        raise Broken("the training split has no table")
    again = case.build().tables("train")
    for table, twin in zip(tables, again, strict=True):
        if not len(table) or not table.columns:
            raise Broken("a table has no rows or no columns")
        if not isinstance(table.digest, str) or not table.digest or table.digest != twin.digest:
            raise Broken("the digest differs when the source is opened again")
        _check_values(table)
        if not table.where(0):
            raise Broken("where() returns an empty string")
    # Without a column to pair on, tables are paired by chance.
    paired = len(tables) > 1 and source.pair_on
    if paired and any(source.pair_on not in table.columns for table in tables):
        raise Broken(f"pair_on is {source.pair_on!r}, and must be a column of each table")


@check(
    "its splits share no content",
    "data_source",
    advice="hold out always the same rows; raise DataError if there is no test split",
)
def splits_are_separate(case: PlainCase[DataSource]) -> None:
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
        seen, held_out = _contents(one), _contents(other)
        if held_out and held_out <= seen:
            raise Broken("every row of the test split is in the training split too")


@check(
    "another split is refused by a DataError",
    "data_source",
    advice="raise a DataError that names the splits",
)
def other_splits(case: PlainCase[DataSource]) -> None:
    try:
        case.build().tables("no-such-split")
    except DataError:
        return
    raise Broken("it opens a split named 'no-such-split'")


def _check_values(table: Table) -> None:
    last = len(table) - 1
    for name, column in table.columns.items():
        if column.name != name:
            raise Broken(f"the column {name!r} has the name {column.name!r}")
        first, middle = table.values(name, [0])[0], table.values(name, [last, 0])
        if not isinstance(middle, list):
            raise Broken(f"{name}: values() returns {type(middle).__name__}, not a list")
        if len(middle) != 2 or middle[1] != first:
            raise Broken(f"{name}: values must be in the order of the rows that were asked for")
        if column.modality == "label" and not isinstance(first, str | None):
            raise Broken(f"{name}: labels must be names, not {type(first).__name__}")
    if len(table) > 1 and table.where(0) == table.where(last):
        raise Broken("where() says the same of the first row and the last")
    try:
        sent = io.BytesIO()
        ForkingPickler(sent).dump(table)
        twin: Table = pickle.loads(sent.getvalue())
    except Exception as error:
        raise Broken(f"a worker cannot receive a table: {type(error).__name__}: {error}") from None
    name = next(iter(table.columns))
    if len(twin) != len(table) or repr(twin.values(name, [0])) != repr(table.values(name, [0])):
        raise Broken("a table that was sent to a worker has other rows")


def _contents(table: Table) -> set[str]:
    """The rows of a table, or the first thousand, without labels, which many rows share."""
    rows = list(range(min(len(table), ROWS)))
    told = [name for name, column in table.columns.items() if column.modality not in SHARED]
    by_column = [[_content(v) for v in table.values(name, rows)] for name in told]
    return {"|".join(row) for row in zip(*by_column, strict=True)}


def _content(value: object) -> str:
    return hashlib.sha256(value if isinstance(value, bytes) else repr(value).encode()).hexdigest()
