"""A folder of files: with a folder for each class, or with metadata.csv or metadata.jsonl."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from pydantic import Field

from mmgan_core.components.sources.chosen_rows import (
    FEW,
    WORDS,
    ChosenRows,
    ChosenRowsOptions,
    existing,
    held_out,
    refuse_other_splits,
    word_column,
)
from mmgan_core.components.sources.magic import kind_of_file
from mmgan_core.components.sources.metadata import METADATA, Row, described
from mmgan_core.contracts import Column, DataSource, Table
from mmgan_core.errors import DataError
from mmgan_core.foundation.files import file_hash

TEST_FOLDERS = ("test", "validation", "val")


class FolderOptions(ChosenRowsOptions):
    """Options of `core/folder`."""

    path: str = Field(description="the folder; it may contain train/ and test/")


class Folder(DataSource):
    """One table for each split; its values are paths of files."""

    Options = FolderOptions
    options: FolderOptions

    def tables(self, split: str) -> list[Table]:
        """The table of the folder ``train`` or ``test``; without them, some files are held out."""
        refuse_other_splits(split)
        path = existing(self.options.path)
        if not path.is_dir():
            source = f"parquet:{path}" if path.suffix == ".parquet" else f"folder:{path.parent}"
            raise DataError(f"{path} is a file, not a folder", hint=f"use {source}")
        train, test = _split_folders(path)
        chosen = test if test and split == "test" else train
        table = FolderTable(chosen, self.file_kinds)
        rows = None if test else held_out(table.names, self.options.test_fraction, split)
        return [ChosenRows(table, self.options, rows, split)]


class FolderTable:
    """The rows of a folder, in the order of their paths or of its metadata."""

    def __init__(self, folder: Path, file_kinds: Mapping[str, str] = MappingProxyType({})) -> None:
        self._folder, self._kinds = folder, dict(file_kinds)
        rows = described(folder, self._kinds) or _in_class_folders(folder, self._kinds)
        if not rows:
            raise DataError(
                f"{folder} holds no file of a known kind of data, such as a picture or a sound",
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
        """Paths of files, and strings of other columns."""
        return [self._rows[row].get(column) for row in rows]

    def where(self, row: int) -> str:
        """The file of the row."""
        files = [value for value in self._rows[row].values() if isinstance(value, Path)]
        return _printable(files[0]) if files else f"{self._folder} row {row}"

    def _column(self, name: str) -> Column:
        values = [row[name] for row in self._rows if row.get(name) is not None]
        if values and isinstance(values[0], Path):
            return Column(name, kind_of_file(values[0], self._kinds))
        found = tuple(sorted({str(value) for value in values}))
        return word_column(name, found if len(found) <= FEW or name == "label" else ())


def _split_folders(path: Path) -> tuple[Path, Path | None]:
    """The folder of the training split, and that of the test split if there is one."""
    inner = [p for p in sorted(path.iterdir()) if p.is_dir() and _seen(p.name)]
    folders = {p.name.lower(): p for p in inner}
    train = folders.pop("train", None)
    test = next((folders[name] for name in TEST_FOLDERS if name in folders), None)
    if not train:
        if test:
            raise DataError(f"{path} has {test.name}/ but no train/")
        return path, None
    others = [folder.name for name, folder in folders.items() if name not in TEST_FOLDERS]
    if others and not test:
        raise DataError(
            f"{path} has {train.name}/ and {others[0]}/: are they splits or classes?",
            hint="move class folders into train/, or call the test split test/",
        )
    above = next((path / name for name in METADATA if (path / name).is_file()), None)
    if above:
        raise DataError(
            f"{above} is beside {train.name}/, where it would not be read",
            hint=f"put a {above.name} into the folder of each split",
        )
    return train, test


def _in_class_folders(folder: Path, file_kinds: Mapping[str, str]) -> list[Row]:
    by_file = {file: kind_of_file(file, file_kinds) for file in _files(folder, file_kinds)}
    files = list(by_file)
    # A README.txt or LICENSE.txt beside pictures or sounds is not a row.
    media = [file for file in files if by_file[file] != WORDS]
    kinds = sorted({by_file[file] for file in media})
    if len(kinds) > 1:
        raise DataError(
            f"{folder} holds {' and '.join(kinds)} files, and nothing says which belong together",
            hint=f"a metadata.csv does: {', '.join(f'{kind}_file_name' for kind in kinds)}",
        )
    rows = []
    for file in media or files:
        inner = file.relative_to(folder).parts[:-1]
        row: Row = {by_file[file]: file}
        rows.append({**row, "label": _printable(inner[0])} if inner else row)
    return rows


def _files(folder: Path, file_kinds: Mapping[str, str]) -> list[Path]:
    """All files of known kinds; links to folders are followed, and each folder is read once."""
    found, known = [], {folder.resolve()}
    for here, inner, names in os.walk(folder, followlinks=True):
        below = {Path(here, name).resolve(): name for name in sorted(inner) if _seen(name)}
        inner[:] = [name for real, name in below.items() if real not in known]
        known |= below.keys()
        paths = (Path(here, name) for name in names if _seen(name))
        found += [path for path in paths if kind_of_file(path, file_kinds) and path.is_file()]
    return sorted(found)


def _seen(name: str) -> bool:
    return not name.startswith(".") and name != "__MACOSX"


def _printable(path: Path | str) -> str:
    """A path as text that can be printed, even if its bytes are not valid UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


def _name(folder: Path, row: Row) -> str:
    """The row's file, as a path relative to the folder."""
    file = next((value for value in row.values() if isinstance(value, Path)), None)
    if file is None:
        return ""
    whole = folder.resolve() if file.is_relative_to(folder.resolve()) else folder
    return file.relative_to(whole).as_posix()


def _digest(names: Sequence[str], rows: Sequence[Row]) -> str:
    state = hashlib.sha256()
    for name, row in zip(names, rows, strict=True):
        plain = {k: _content(v) if isinstance(v, Path) else v for k, v in row.items()}
        state.update(json.dumps([name, plain]).encode())
    return state.hexdigest()


def _content(file: Path) -> str:
    try:
        return file_hash(file)
    except (OSError, ValueError):  # reported as a bad row when it is decoded
        return "missing"
