"""Reads Parquet files, also those of the `datasets` library, one row group at a time."""

from __future__ import annotations

import hashlib
import json
import os
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from mmgan_core.components.sources.cells import are_whole, list_column, raw_cell
from mmgan_core.components.sources.chosen_rows import (
    FEW,
    MANY,
    ChosenRows,
    ChosenRowsOptions,
    existing,
    held_out,
    kind_of_feature,
    refuse_other_splits,
    word_column,
)
from mmgan_core.components.sources.magic import kind_of_bytes, kind_of_file
from mmgan_core.contracts import Column, DataSource, Table
from mmgan_core.errors import DataError
from mmgan_core.foundation.files import file_hash

if TYPE_CHECKING:
    from pyarrow import ChunkedArray, DataType
    from pyarrow import Field as ArrowField
    from pyarrow.parquet import ParquetFile
SPLIT_NAMES = {"train": ("train",), "test": ("test", "validation", "val")}
# Equal values take next to nothing, but not nothing.
_MOST_ROWS_A_BYTE = 1_000
PATTERNS = ("{0}.parquet", "{0}-*.parquet", "*/{0}-*.parquet", "{0}/*.parquet", "*/{0}/*.parquet")


class ParquetOptions(ChosenRowsOptions):
    """Options of `core/parquet`."""

    path: str = Field(description="a folder with train.parquet, or one file")
    splits: dict[Literal["train", "test"], str] = Field(
        {}, description="split: glob pattern of its files below the folder"
    )


class Parquet(DataSource):
    """One table for each split."""

    Options = ParquetOptions
    options: ParquetOptions

    def tables(self, split: str) -> list[Table]:
        """The table of a split; without files for testing, some rows are held out."""
        refuse_other_splits(split)
        path = existing(self.options.path)
        test = self._files(path, "test")
        table = ParquetTable(test if test and split == "test" else self._training_files(path))
        names = map(str, range(len(table)))
        rows = None if test else held_out(names, self.options.test_fraction, split)
        return [ChosenRows(table, self.options, rows, split)]

    def _training_files(self, path: Path) -> list[Path]:
        files = [path] if path.is_file() else self._files(path, "train")
        if not files and not self.options.splits and not self._files(path, "test"):
            files = sorted(path.glob("*.parquet"))
            _refuse_a_hidden_split(files)
        if not files:
            raise DataError(
                f"{path} holds no training split",
                hint="it needs train.parquet or train-*.parquet, or say splits: {train: GLOB}",
            )
        return files

    def _files(self, path: Path, split: Literal["train", "test"]) -> list[Path]:
        named = self.options.splits.get(split)
        usual = [pattern.format(name) for name in SPLIT_NAMES[split] for pattern in PATTERNS]
        for pattern in usual if named is None else [named]:
            try:
                found = sorted(file for file in path.glob(pattern) if file.is_file())
            except (ValueError, NotImplementedError) as error:
                raise DataError(
                    f"data.splits.{split}: {pattern!r} is not a glob pattern: {error}"
                ) from None
            if found:
                return found
        if named is not None:
            raise DataError(f"data.splits.{split}: no file of {path} matches {named!r}")
        return []


def _refuse_a_hidden_split(files: Sequence[Path]) -> None:
    """Refuse to train on a file that looks like a test split; other shards may have any names."""
    odd = next((f for f in files if f.stem.lower().startswith(SPLIT_NAMES["test"])), None)
    if odd and len(files) > 1:
        raise DataError(
            f"{odd} looks like a test split, beside {len(files) - 1} other files",
            hint="name the files of each split: splits: {train: GLOB, test: GLOB}",
        )


class ParquetTable:
    """The rows of several Parquet files, in order."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._paths = list(files)
        self._files = [_open(file) for file in files]
        groups = [
            (number, group, file.metadata.row_group(group).num_rows)
            for number, file in enumerate(self._files)
            for group in range(file.num_row_groups)
        ]
        self._groups = [(number, group) for number, group, _ in groups]
        self._starts: list[int] = [0, *accumulate(int(rows) for _, _, rows in groups)]
        self._read: tuple[str, int, ChunkedArray] | None = None
        self._refuse_other_columns()
        self.digest = hashlib.sha256(",".join(map(file_hash, files)).encode()).hexdigest()
        self._features = _features(self._files[0])
        # Columns of whole numbers that missing ones have turned into floats.
        self._whole: set[str] = set()
        self.columns: Mapping[str, Column] = {
            field.name: self._column(field) for field in self._files[0].schema_arrow
        }

    def __getstate__(self) -> dict[str, list[Path]]:
        """The state for a worker process, which opens the files itself."""
        return {"files": self._paths}

    def __setstate__(self, state: dict[str, list[Path]]) -> None:
        self.__init__(state["files"])  # type: ignore[misc]

    def __len__(self) -> int:
        return self._starts[-1]

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """Bytes of encoded images and sounds, names of labels, and strings of other columns."""
        names = self.columns[column].names if self._is_class(column) else ()
        found: list[object] = [None] * len(rows)
        # A row group is decoded as a whole, so it is read only once, in whatever order rows come.
        for place in sorted(range(len(rows)), key=lambda place: rows[place]):
            cell = self._cell(column, rows[place])
            found[place] = self._value(rows[place], cell, names, whole=column in self._whole)
        return found

    def where(self, row: int) -> str:
        """The file and the number of the row."""
        return f"{self._path(row)} row {row}"

    def _path(self, row: int) -> Path:
        return self._paths[self._groups[self._group(row)][0]]

    def _group(self, row: int) -> int:
        return bisect_right(self._starts, row) - 1

    def _cell(self, column: str, row: int) -> object:
        group = self._group(row)
        if self._read is None or self._read[:2] != (column, group):
            self._read = (column, group, self._read_group(column, group))
        return _plain(self._read[2][row - self._starts[group]])

    def _read_group(self, column: str, group: int) -> ChunkedArray:
        number, inner = self._groups[group]
        try:
            found = self._files[number].read_row_group(inner, columns=[column]).column(0)
            wanted = self._starts[group + 1] - self._starts[group]
            if len(found) != wanted:
                raise ValueError(f"{len(found)} rows instead of {wanted}")
            return found
        except Exception as error:  # what a reader of tables may raise cannot be listed
            raise DataError(f"{self._paths[number]} is damaged: {error}") from None

    def _value(
        self, row: int, cell: object, names: tuple[str, ...], *, whole: bool = False
    ) -> object:
        if isinstance(cell, dict) and ("bytes" in cell or "path" in cell):
            return cell.get("bytes") if cell.get("bytes") is not None else self._inside(row, cell)
        if names and isinstance(cell, int):
            return names[cell] if 0 <= cell < len(names) else None
        return raw_cell(cell, whole=whole)

    def _inside(self, row: int, cell: Mapping[str, object]) -> Path | None:
        if not cell.get("path"):
            return None
        folder = self._path(row).parent.resolve()
        path = Path(os.path.normpath(folder / str(cell["path"])))
        if not path.is_relative_to(folder):
            raise DataError(f"{self.where(row)} names a file outside its folder: {cell['path']}")
        return path

    def _refuse_other_columns(self) -> None:
        first, *others = (set(file.schema_arrow.names) for file in self._files)
        for path, names in zip(self._paths[1:], others, strict=True):
            if names != first:
                odd = ", ".join(sorted(names ^ first))
                raise DataError(f"{self._paths[0]} and {path} differ in their columns: {odd}")

    def _is_class(self, column: str) -> bool:
        return bool(self._features.get(column, {}).get("_type") == "ClassLabel")

    def _column(self, field: ArrowField) -> Column:
        import pyarrow.types as types

        feature = self._features.get(field.name, {})
        kind = kind_of_feature(str(feature.get("_type", "")))
        if kind:
            names = feature.get("names")
            said = tuple(map(str, names)) if isinstance(names, (list, tuple)) else ()
            return Column(field.name, kind, said)
        inner = field.type.value_type if types.is_dictionary(field.type) else field.type
        if any(fits(inner) for fits in _tests("binary")) or (
            types.is_struct(inner) and inner.get_field_index("bytes") >= 0
        ):
            return Column(field.name, self._guess(field.name))
        if any(fits(inner) for fits in _tests("string")):
            return word_column(field.name, self._distinct(field.name, FEW))
        if types.is_integer(inner) or types.is_boolean(inner):
            found = self._distinct(field.name, MANY)
            return Column(field.name, "label" if found else "", found)
        if types.is_floating(inner):
            return self._floats(field.name)
        if _is_list(inner):
            values = (value for row in self._lists(field.name) for value in row)
            return list_column(field.name, values, MANY) or Column(field.name)
        return Column(field.name)

    def _floats(self, column: str) -> Column:
        if not are_whole(value for values in self._batches(column) for value in values):
            return Column(column)
        found = self._distinct(column, MANY)
        if found:
            self._whole.add(column)
        names = sorted({int(float(name)) for name in found})
        return Column(column, "label" if found else "", tuple(map(str, names)))

    def _lists(self, column: str) -> Iterator[list[object]]:
        for group in range(len(self._groups)):
            yield _plain_list(self._read_group(column, group))

    def _guess(self, column: str) -> str:
        for row in range(len(self)):
            value = self._value(row, self._cell(column, row), ())
            if value is not None:
                return kind_of_file(value) if isinstance(value, Path) else kind_of_bytes(value)
        return ""

    def _distinct(self, column: str, most: int) -> tuple[str, ...]:
        """All distinct values as strings, in order; none if there are more than ``most``."""
        found: set[str | float | None] = set()
        for values in self._batches(column):
            found.update(value for value in values if value == value)  # NaN is missing
            if len(found - {None}) > most:
                return ()
        try:
            return tuple(map(str, sorted(value for value in found if value is not None)))
        except TypeError:
            raise DataError(
                f"{self._paths[0].parent}: the type of column {column!r} differs between files"
            ) from None

    def _batches(self, column: str) -> Iterator[list[str | float | None]]:
        for group in range(len(self._groups)):
            yield _plain_list(self._read_group(column, group).unique())


def _tests(kind: str) -> list[Callable[[DataType], bool]]:
    """Tests for all of Arrow's layouts of ``binary`` or ``string``; newer versions have more."""
    import pyarrow.types as types

    layouts = (f"is_{kind}", f"is_large_{kind}", f"is_{kind}_view", f"is_fixed_size_{kind}")
    return [getattr(types, name) for name in layouts if hasattr(types, name)]


def _check_counts(file: ParquetFile, size: int) -> None:
    """Refuse numbers of rows that cannot be, before anything is made of so many.

    What a row group says of its columns is not asked: pyarrow ends the process, and raises nothing,
    where that is damaged. Whether a group has as many rows as it says is seen when it is read.
    """
    groups = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
    rows = file.metadata.num_rows
    if sum(groups) != rows or min(groups, default=0) < 0 or rows > _MOST_ROWS_A_BYTE * size:
        raise ValueError("its numbers of rows do not fit each other")


def _plain(cell: Any) -> Any:
    """A cell in Python; text that is no UTF-8 as its bytes, which every kind of data refuses."""
    try:
        return cell.as_py()
    except UnicodeDecodeError:
        return cell.as_buffer().to_pybytes() if hasattr(cell, "as_buffer") else b""
    except Exception:  # what a reader of tables may raise cannot be listed
        return b""


def _plain_list(cells: Any) -> list[Any]:
    """Cells in Python, without those that cannot be read."""
    try:
        found: list[Any] = cells.to_pylist()
        return found
    except Exception:
        return [value for cell in cells if not isinstance(value := _plain(cell), bytes)]


def _is_list(kind: DataType) -> bool:
    import pyarrow.types as types

    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def _open(file: Path) -> ParquetFile:
    import pyarrow.parquet as parquet

    try:
        opened = parquet.ParquetFile(file)
        _ = opened.schema_arrow  # which may be damaged, too
        _check_counts(opened, file.stat().st_size)
        return opened
    except Exception as error:  # what a reader of tables may raise cannot be listed
        raise DataError(f"{file} is not a Parquet file: {error}") from None


def _features(file: ParquetFile) -> dict[str, dict[str, object]]:
    """The features that the `datasets` library wrote for each column, if it did."""
    metadata = file.schema_arrow.metadata or {}
    try:
        info = json.loads(metadata.get(b"huggingface", b"{}"))
        features = info["info"]["features"].items()
    except (ValueError, AttributeError, KeyError, TypeError):
        return {}
    return {k: v for k, v in features if isinstance(v, dict)}
