"""Parquet files, also such as the `datasets` library writes, read a row group at a time."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from pydantic import Field

from mmgan_core.builtin.chosen_rows import ChosenRows, ChosenRowsOptions, held_out
from mmgan_core.builtin.magic import kind_of_bytes
from mmgan_core.contracts import Column, DataSource, Table
from mmgan_core.errors import DataError, nearest
from mmgan_core.training.checkpoint import file_hash

# A text column with so few distinct values may serve as a label too.
FEW = 64
PATTERNS = {
    "train": ("train.parquet", "train-*.parquet", "*/train-*.parquet", "train/*.parquet"),
    "test": ("test.parquet", "test-*.parquet", "*/test-*.parquet", "test/*.parquet",
             "validation.parquet", "validation-*.parquet", "*/validation-*.parquet"),
}  # fmt: skip


class ParquetOptions(ChosenRowsOptions):
    """Options of `core/parquet`."""

    path: str = Field(description="a folder with train.parquet, or one file")
    splits: dict[str, str] = Field({}, description="split: glob of its files below the folder")


class Parquet(DataSource):
    """One table a split."""

    Options = ParquetOptions
    options: ParquetOptions

    def tables(self, split: str) -> list[Table]:
        """The split's files; without test files, a part of the training rows."""
        path = Path(self.options.path)
        if not path.exists():
            siblings = [str(p) for p in path.parent.glob("*")] if path.parent.is_dir() else []
            raise DataError(
                f"there is no {path}", hint=f"{nearest(str(path), siblings)} Paths are "
                f"relative to the current directory, {Path.cwd()}",
            )  # fmt: skip
        files = [path] if path.is_file() else self._files(path, split)
        if files and path.is_dir():
            return [ChosenRows(ParquetTable(files), self.options)]
        whole = files or self._files(path, "train")
        if not whole:
            raise DataError(
                f"{path} holds no training split",
                hint="it needs train.parquet or train-*.parquet, or say splits: {train: GLOB}",
            )
        table = ParquetTable(whole)
        rows = held_out(table, self.options.test_fraction, split)
        return [ChosenRows(table, self.options, rows)]

    def _files(self, path: Path, split: str) -> list[Path]:
        named = self.options.splits.get(split)
        for pattern in [named] if named else PATTERNS.get(split, ()):
            found = sorted(path.glob(pattern))
            if found:
                return found
        if split == "train" and not named and not self._files(path, "test"):
            return sorted(path.glob("*.parquet"))
        return []


class ParquetTable:
    """The rows of some Parquet files, in order."""

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
        self._read: tuple[str, int, Any] | None = None
        self.digest = hashlib.sha256(",".join(map(file_hash, files)).encode()).hexdigest()
        self._features = _features(self._files[0])
        self.columns: Mapping[str, Column] = {
            field.name: self._column(field) for field in self._files[0].schema_arrow
        }

    def __getstate__(self) -> dict[str, Any]:
        """What a worker process needs; it opens the files itself."""
        return {"files": self._paths}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["files"])  # type: ignore[misc]

    def __len__(self) -> int:
        return self._starts[-1]

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """Bytes of encoded images and sounds, names of labels, strings of the rest."""
        names = self.columns[column].names if self._is_class(column) else ()
        return [self._value(self._cell(column, row), names) for row in rows]

    def where(self, row: int) -> str:
        """File and row number."""
        return f"{self._paths[self._groups[self._group(row)][0]]} row {row}"

    def _group(self, row: int) -> int:
        return bisect_right(self._starts, row) - 1

    def _cell(self, column: str, row: int) -> Any:
        group = self._group(row)
        if self._read is None or self._read[:2] != (column, group):
            number, inner = self._groups[group]
            read = self._files[number].read_row_group(inner, columns=[column]).column(0)
            self._read = (column, group, read)
        return self._read[2][row - self._starts[group]].as_py()

    def _value(self, cell: Any, names: tuple[str, ...]) -> object:
        if isinstance(cell, dict) and ("bytes" in cell or "path" in cell):
            return cell.get("bytes") if cell.get("bytes") is not None else self._inside(cell)
        if names and isinstance(cell, int):
            return names[cell] if 0 <= cell < len(names) else None
        if cell is None or isinstance(cell, (bytes, str)):
            return cell
        return str(cell)

    def _inside(self, cell: Mapping[str, Any]) -> Path | None:
        if not cell.get("path"):
            return None
        folder = self._paths[0].parent.resolve()
        path = (folder / str(cell["path"])).resolve()
        if not path.is_relative_to(folder):
            raise DataError(f"{self._paths[0]} names a file outside its folder: {cell['path']}")
        return path

    def _is_class(self, column: str) -> bool:
        return bool(self._features.get(column, {}).get("_type") == "ClassLabel")

    def _column(self, field: Any) -> Column:
        import pyarrow.types as types

        feature = self._features.get(field.name, {})
        kind = {"Image": "image", "Audio": "audio", "ClassLabel": "label"}.get(
            feature.get("_type", "")
        )
        if kind:
            return Column(field.name, kind, tuple(feature.get("names") or ()))
        if types.is_binary(field.type) or types.is_large_binary(field.type) or (
            types.is_struct(field.type) and field.type.get_field_index("bytes") >= 0
        ):  # fmt: skip
            return Column(field.name, kind_of_bytes(self._first(field.name)))
        if types.is_string(field.type) or types.is_large_string(field.type):
            return Column(field.name, "text", self._few(field.name))
        if types.is_integer(field.type) or types.is_boolean(field.type):
            return Column(field.name, "label", self._few(field.name))
        return Column(field.name)

    def _first(self, column: str) -> object:
        return self._value(self._cell(column, 0), ()) if len(self) else None

    def _few(self, column: str) -> tuple[str, ...]:
        found: set[str] = set()
        for file in self._files:
            values = file.read(columns=[column]).column(0).unique().to_pylist()
            found |= {str(value) for value in values if value is not None}
            if len(found) > FEW:
                return ()
        return tuple(sorted(found))


def _open(file: Path) -> Any:
    import pyarrow.parquet as parquet
    from pyarrow import ArrowException

    try:
        return parquet.ParquetFile(file)
    except (OSError, ArrowException) as error:
        raise DataError(f"{file} is no Parquet file: {error}") from None


def _features(file: Any) -> dict[str, Any]:
    """What the `datasets` library wrote of each column, if it did."""
    metadata = file.schema_arrow.metadata or {}
    try:
        info = json.loads(metadata.get(b"huggingface", b"{}"))
        features = info.get("info", {}).get("features", {})
    except (ValueError, AttributeError):
        return {}
    return {k: v for k, v in features.items() if isinstance(v, dict)}
