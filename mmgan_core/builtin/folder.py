"""A folder: class folders, or files that a metadata.csv or metadata.jsonl describes."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from mmgan_core.builtin.chosen_rows import ChosenRows, ChosenRowsOptions, held_out
from mmgan_core.builtin.magic import kind_of_file
from mmgan_core.contracts import Column, DataSource, Table
from mmgan_core.errors import DataError, nearest
from mmgan_core.training.checkpoint import file_hash

FILE = "file_name"
FEW = 64
Row = dict[str, Any]


class FolderOptions(ChosenRowsOptions):
    """Options of `core/folder`."""

    path: str = Field(description="the folder; may hold train/ and test/")


class Folder(DataSource):
    """One table a split, of files named by path."""

    Options = FolderOptions
    options: FolderOptions

    def tables(self, split: str) -> list[Table]:
        """The folder ``train`` or ``test`` inside; without, a part of all files."""
        path = Path(self.options.path)
        if not path.is_dir():
            siblings = [str(p) for p in path.parent.iterdir()] if path.parent.is_dir() else []
            raise DataError(f"there is no folder {path}", hint=nearest(str(path), siblings))
        for name in (split, "validation") if split == "test" else (split,):
            if (path / name).is_dir():
                return [ChosenRows(FolderTable(path / name), self.options)]
        inner = path / "train" if (path / "train").is_dir() else path
        table = FolderTable(inner)
        rows = held_out(table, self.options.test_fraction, split)
        return [ChosenRows(table, self.options, rows)]


class FolderTable:
    """The rows of a folder, in the order of their names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        rows = _described(folder) or _in_class_folders(folder)
        if not rows:
            raise DataError(
                f"{folder} holds no image, sound or text",
                hint="it needs CLASS/file.png, or metadata.csv with a column file_name",
            )
        self._rows = rows
        names = list(dict.fromkeys(name for row in rows for name in row))
        self.columns: Mapping[str, Column] = {name: self._column(name) for name in names}
        self.digest = _digest(folder, rows)

    def __len__(self) -> int:
        return len(self._rows)

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """Paths of files; strings of what describes them."""
        return [self._rows[row].get(column) for row in rows]

    def where(self, row: int) -> str:
        """The file."""
        files = [str(value) for value in self._rows[row].values() if isinstance(value, Path)]
        return files[0] if files else f"{self._folder} row {row}"

    def _column(self, name: str) -> Column:
        values = [row[name] for row in self._rows if row.get(name) is not None]
        if values and isinstance(values[0], Path):
            return Column(name, name)
        found = tuple(sorted({str(value) for value in values}))
        few = found if len(found) <= FEW else ()
        return Column(name, "label" if name == "label" else "text", few)


def _in_class_folders(folder: Path) -> list[Row]:
    rows = []
    for file in _files(folder):
        inner = file.relative_to(folder).parts[:-1]
        row: Row = {kind_of_file(file): file}
        rows.append({**row, "label": inner[0]} if inner else row)
    return rows


def _described(folder: Path) -> list[Row]:
    """The rows of metadata.csv or metadata.jsonl; each names its file."""
    for name, read in (("metadata.csv", _read_csv), ("metadata.jsonl", _read_jsonl)):
        file = folder / name
        if file.is_file():
            return [_placed(folder, file, row) for row in read(file)]
    return []


def _placed(folder: Path, metadata: Path, row: Row) -> Row:
    if not row.get(FILE):
        raise DataError(f"{metadata} has a row without {FILE}: {str(row)[:80]}")
    path = (folder / str(row[FILE])).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise DataError(f"{metadata} names a file outside its folder: {row[FILE]}")
    kind = kind_of_file(path)
    if not kind:
        raise DataError(f"{metadata}: {row[FILE]} is no image, sound or text by its name's ending")
    rest = {k: None if v in (None, "") else str(v) for k, v in row.items() if k and k != FILE}
    return {kind: path, **rest}


def _read_csv(file: Path) -> list[Row]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            return [dict(row) for row in csv.DictReader(stream)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{file} cannot be read: {error}") from None


def _read_jsonl(file: Path) -> list[Row]:
    rows = []
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(f"{file}:{number} is not JSON: {error}") from None
        if not isinstance(row, dict):
            raise DataError(f"{file}:{number} is not a JSON object")
        rows.append(row)
    return rows


def _files(folder: Path) -> list[Path]:
    found = (
        path
        for path in folder.rglob("*")
        if path.is_file()
        and kind_of_file(path)
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    return sorted(found)


def _digest(folder: Path, rows: Sequence[Row]) -> str:
    state = hashlib.sha256()
    for row in rows:
        for name, value in row.items():
            if isinstance(value, Path):
                there = file_hash(value) if value.is_file() else "missing"
                value = f"{value.name} {there}"
            state.update(f"{name}={value}\n".encode())
    return state.hexdigest()
