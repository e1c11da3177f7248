"""Reads Parquet files, also those of the `datasets` library, one row group at a time."""

from __future__ import annotations

import hashlib
import json
import os
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mmgan_core.components.sources.cells import are_whole, list_column, raw_cell
from mmgan_core.components.sources.chosen_rows import (
    FEW,
    MANY,
    ChosenRows,
    existing,
    held_out,
    kind_of_feature,
    refuse_other_splits,
    word_column,
)
from mmgan_core.components.sources.kept_index import kept_index
from mmgan_core.components.sources.magic import kind_of_bytes, kind_of_file
from mmgan_core.components.sources.parquet_files import ParquetFiles
from mmgan_core.components.sources.shards import LocalShard, Shard, digest_of, stamps_of
from mmgan_core.components.sources.streaming import StreamedOptions, Streaming, streamed_table
from mmgan_core.contracts import Column, DataSource, Table
from mmgan_core.contracts.stream import Stream
from mmgan_core.errors import DataError
from mmgan_core.foundation.files import file_hash
from mmgan_core.foundation.plain import Plain
from mmgan_core.foundation.spread import spread_runs

if TYPE_CHECKING:
    from pyarrow import ChunkedArray, DataType, Schema
    from pyarrow import Field as ArrowField
SPLIT_NAMES = {"train": ("train",), "test": ("test", "validation", "val")}
# Of data that are streamed, so many row groups say what the lists of a column hold.
_LOOKED_AT = 8
# What was found of the files of a table, in its folder of the cache.
_FOUND = "found.json"
_Files = Sequence[Path | Shard]
PATTERNS = ("{0}.parquet", "{0}-*.parquet", "*/{0}-*.parquet", "{0}/*.parquet", "*/{0}/*.parquet")


class ParquetOptions(StreamedOptions):
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
        if self.options.streamed:
            return [streamed_parquet(self.options, split, self._training_files(path), test)]
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
        for pattern in split_patterns()[split] if named is None else [named]:
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


def split_patterns() -> dict[str, list[str]]:
    """For each split, what its files are usually called."""
    return {
        split: [pattern.format(name) for name in names for pattern in PATTERNS]
        for split, names in SPLIT_NAMES.items()
    }


def _refuse_a_hidden_split(files: Sequence[Path]) -> None:
    """Refuse to train on a file that looks like a test split; other shards may have any names."""
    odd = next((f for f in files if f.stem.lower().startswith(SPLIT_NAMES["test"])), None)
    if odd and len(files) > 1:
        raise DataError(
            f"{odd} looks like a test split, beside {len(files) - 1} other files",
            hint="name the files of each split: splits: {train: GLOB, test: GLOB}",
        )


def streamed_parquet(
    options: StreamedOptions,
    split: str,
    train: _Files,
    test: _Files,
) -> Table:
    """The table of a split of Parquet files that are streamed.

    Args:
        test: none if rows have to be held out for testing.
    """
    streaming = options.streamed
    assert streaming is not None

    def opened(files: _Files) -> ParquetTable:
        return ParquetTable(files, streaming)

    testing = partial(opened, test) if test else None
    return streamed_table(options, streaming, split, partial(opened, train), testing)


class ParquetTable:
    """The rows of several Parquet files, in order.

    Attributes:
        blocks: if it is streamed, its row groups; see ``Stream``.
    """

    def __init__(self, files: _Files, streaming: Streaming | None = None) -> None:
        """Read what the files say of themselves.

        Args:
            streaming: if given, the files are not read to know whether they change: their names,
                sizes and times must do. What was found of them is kept in the cache.
        """
        self._given, self._streaming = list(files), streaming
        self._shards = [LocalShard(f) if isinstance(f, Path) else f for f in files]
        stamps = stamps_of(self._shards) if streaming else []
        self._files = ParquetFiles(self._shards, stamps)
        # Columns of whole numbers that missing ones have turned into floats.
        self._whole: set[str] = set()
        self.blocks: npt.NDArray[np.int64] | None = None
        if streaming:
            self.digest = digest_of(stamps)
            file = kept_index(f"parquet|{self.digest}", self._write_found) / _FOUND
            said = json.loads(file.read_text(encoding="utf-8"))
            self._set_groups(said["groups"])
            self.blocks = np.array(self._starts, dtype=np.int64)
            stream = Stream(streaming.window, self.blocks)
            # Of both phases of a step, and of what is read ahead.
            self._files.kept = 3 * -(-len(self._groups) // stream.windows)
        else:
            paths = [file for file in files if isinstance(file, Path)]
            self.digest = hashlib.sha256(",".join(map(file_hash, paths)).encode()).hexdigest()
            said = self._found()
        self._classes, self._whole = set(said["classes"]), set(said["whole"])
        self.columns: Mapping[str, Column] = {
            name: Column(name, kind, tuple(names)) for name, kind, names in said["columns"]
        }

    def _write_found(self, folder: Path) -> None:
        (folder / _FOUND).write_text(json.dumps(self._found()), encoding="utf-8")

    def _found(self) -> Plain:
        """What there is to know of the rows and columns, as plain data."""
        groups, first = [], frozenset[str]()
        for number, shard in enumerate(self._shards):
            file = self._files.file(number)
            groups.append([file.metadata.row_group(g).num_rows for g in range(file.num_row_groups)])
            names = frozenset(file.schema_arrow.names)
            if names != (first := first or names):
                odd = ", ".join(sorted(names ^ first))
                raise DataError(f"{self._shards[0]} and {shard} differ in their columns: {odd}")
        self._set_groups(groups)
        schema = self._files.file(0).schema_arrow
        features = _features(schema)
        self._classes = {n for n, said in features.items() if said.get("_type") == "ClassLabel"}
        columns = [self._column(field, features.get(field.name, {})) for field in schema]
        return {
            "groups": groups,
            "columns": [[one.name, one.modality, one.names] for one in columns],
            "classes": sorted(self._classes),
            "whole": sorted(self._whole),
        }

    def _set_groups(self, groups: Sequence[Sequence[int]]) -> None:
        """Take the numbers of rows of each row group of each file."""
        self._groups = [(n, g) for n, inner in enumerate(groups) for g in range(len(inner))]
        self._starts: list[int] = [0, *accumulate(rows for inner in groups for rows in inner)]

    def __getstate__(self) -> dict[str, object]:
        """The state for a worker process, which opens the files itself."""
        return {"files": self._given, "streaming": self._streaming}

    def __setstate__(self, state: Plain) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def __len__(self) -> int:
        return self._starts[-1]

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """Bytes of encoded images and sounds, names of labels, and strings of other columns."""
        names = self.columns[column].names if column in self._classes else ()
        found: list[object] = [None] * len(rows)
        # A row group is decoded as a whole, so it is read only once, in whatever order rows come.
        for place in sorted(range(len(rows)), key=lambda place: rows[place]):
            cell = self._cell(column, rows[place])
            found[place] = self._value(rows[place], cell, names, whole=column in self._whole)
        return found

    def where(self, row: int) -> str:
        """The file and the number of the row."""
        return f"{self._shard(row)} row {row}"

    def _shard(self, row: int) -> Shard:
        return self._shards[self._groups[self._group(row)][0]]

    def _group(self, row: int) -> int:
        return bisect_right(self._starts, row) - 1

    def _cell(self, column: str, row: int) -> object:
        group = self._group(row)
        return _plain(self._read_group(column, group)[row - self._starts[group]])

    def _read_group(self, column: str, group: int) -> ChunkedArray:
        rows = self._starts[group + 1] - self._starts[group]
        return self._files.column(column, *self._groups[group], rows)

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
        folder = self._shard(row).folder
        if folder is None:
            raise DataError(f"{self.where(row)} names a file, which is not there: {cell['path']}")
        folder = folder.resolve()
        path = Path(os.path.normpath(folder / str(cell["path"])))
        if not path.is_relative_to(folder):
            raise DataError(f"{self.where(row)} names a file outside its folder: {cell['path']}")
        return path

    def _column(self, field: ArrowField, feature: Mapping[str, object]) -> Column:
        import pyarrow.types as types

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
        count = len(self._groups)
        few = spread_runs(count, _LOOKED_AT, _LOOKED_AT) if self._streaming else range(count)
        for group in few:
            yield _plain_list(self._read_group(column, int(group)))

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
                f"{self._shards[0].folder}: the type of column {column!r} differs between files"
            ) from None

    def _batches(self, column: str) -> Iterator[list[str | float | None]]:
        for group in range(len(self._groups)):
            yield _plain_list(self._read_group(column, group).unique())


def _tests(kind: str) -> list[Callable[[DataType], bool]]:
    """Tests for all of Arrow's layouts of ``binary`` or ``string``; newer versions have more."""
    import pyarrow.types as types

    layouts = (f"is_{kind}", f"is_large_{kind}", f"is_{kind}_view", f"is_fixed_size_{kind}")
    return [getattr(types, name) for name in layouts if hasattr(types, name)]


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


def _features(schema: Schema) -> dict[str, dict[str, object]]:
    """The features that the `datasets` library wrote for each column, if it did."""
    metadata = schema.metadata or {}
    try:
        info = json.loads(metadata.get(b"huggingface", b"{}"))
        features = info["info"]["features"].items()
    except (ValueError, AttributeError, KeyError, TypeError):
        return {}
    return {k: v for k, v in features if isinstance(v, dict)}
