"""A folder: class folders, or files that a metadata.csv or metadata.jsonl describes."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from mmgan_core.builtin.chosen_rows import (
    FEW,
    ChosenRows,
    ChosenRowsOptions,
    held_out,
    refuse_other_splits,
)
from mmgan_core.builtin.magic import kind_of_file
from mmgan_core.contracts import Column, DataSource, Table
from mmgan_core.errors import DataError, nearest
from mmgan_core.training.checkpoint import file_hash

FILE = "file_name"
TEST_FOLDERS = ("test", "validation", "val")
Row = dict[str, Any]


class FolderOptions(ChosenRowsOptions):
    """Options of `core/folder`."""

    path: str = Field(description="the folder; may hold train/ and test/")


class Folder(DataSource):
    """One table a split, of files named by path."""

    Options = FolderOptions
    options: FolderOptions

    def tables(self, split: str) -> list[Table]:
        """The folder ``train`` or ``test`` inside; without, some of all files are held out."""
        refuse_other_splits(split)
        path = Path(self.options.path)
        if not path.is_dir():
            siblings = [str(p) for p in path.parent.iterdir()] if path.parent.is_dir() else []
            raise DataError(f"there is no folder {path}", hint=nearest(str(path), siblings))
        train, test = _split_folders(path)
        table = FolderTable(test if test and split == "test" else train)
        rows = None if test else held_out(table.names, self.options.test_fraction, split)
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
        self.names = [_name(folder, row) for row in rows]
        columns = dict.fromkeys(column for row in rows for column in row)
        self.columns: Mapping[str, Column] = {name: self._column(name) for name in columns}
        self.digest = _digest(self.names, rows)

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
        if name == "label":
            return Column(name, "label", found)
        return Column(name, "text", found if len(found) <= FEW else ())


def _split_folders(path: Path) -> tuple[Path, Path | None]:
    """The folder of the training split, and that of the test split if there is one."""
    test = next((path / name for name in TEST_FOLDERS if (path / name).is_dir()), None)
    if not (path / "train").is_dir():
        if test:
            raise DataError(f"{path} has {test.name}/ but no train/")
        return path, None
    others = [p.name for p in sorted(path.iterdir()) if p.is_dir() and _seen(p, path)]
    others = [name for name in others if name not in ("train", *TEST_FOLDERS)]
    if others and not test:
        raise DataError(
            f"{path} has train/ and {others[0]}/: are they splits or classes?",
            hint="move class folders into train/, or call the test split test/",
        )
    return path / "train", test


def _in_class_folders(folder: Path) -> list[Row]:
    files = _files(folder)
    # A README.txt or LICENSE.txt beside pictures or sounds is no row.
    media = [file for file in files if kind_of_file(file) != "text"]
    rows = []
    for file in media or files:
        inner = file.relative_to(folder).parts[:-1]
        row: Row = {kind_of_file(file): file}
        rows.append({**row, "label": inner[0]} if inner else row)
    return rows


def _described(folder: Path) -> list[Row]:
    """The rows of metadata.csv or metadata.jsonl; each names its file."""
    for name, read in (("metadata.csv", _read_csv), ("metadata.jsonl", _read_jsonl)):
        file = folder / name
        if file.is_file():
            rows = [_placed(folder, file, row) for row in read(file)]
            if not rows:
                raise DataError(f"{file} has no rows")
            return rows
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
    if kind in rest:
        raise DataError(f"{metadata}: the column {kind!r} is the file's own", hint="rename it")
    return {kind: path, **rest}


def _read_csv(file: Path) -> list[Row]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            return [dict(row) for row in csv.DictReader(stream)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{file} cannot be read: {error}") from None


def _read_jsonl(file: Path) -> list[Row]:
    rows = []
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{file} cannot be read: {error}") from None
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
        if path.is_file() and kind_of_file(path) and _seen(path, folder)
    )
    return sorted(found)


def _seen(path: Path, folder: Path) -> bool:
    return not any(part.startswith(".") for part in path.relative_to(folder).parts)


def _name(folder: Path, row: Row) -> str:
    """The row's file, as a path below the folder."""
    file = next(value for value in row.values() if isinstance(value, Path))
    whole = folder.resolve() if file.is_relative_to(folder.resolve()) else folder
    return file.relative_to(whole).as_posix()


def _digest(names: Sequence[str], rows: Sequence[Row]) -> str:
    state = hashlib.sha256()
    for name, row in zip(names, rows, strict=True):
        plain = {k: _content(v) if isinstance(v, Path) else v for k, v in row.items()}
        state.update(json.dumps([name, plain]).encode())
    return state.hexdigest()


def _content(file: Path) -> str:
    return file_hash(file) if file.is_file() else "missing"
