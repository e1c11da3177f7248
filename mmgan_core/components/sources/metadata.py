"""Reads rows from metadata.csv or metadata.jsonl, in the format of the `datasets` library.

The column ``file_name`` names the file of a row; a column ``X_file_name`` names a file of the
column X.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from mmgan_core.components.sources.magic import kind_of_file
from mmgan_core.errors import DataError

METADATA = ("metadata.csv", "metadata.jsonl")
FILE = "file_name"
SEPARATORS = ",;\t"
Row = dict[str, object]


def described(folder: Path, file_kinds: Mapping[str, str]) -> list[Row]:
    """The rows that the metadata of a folder describes; no rows if it has no metadata.

    Files are paths, and missing values are None.

    Args:
        file_kinds: the kind of data by the ending of its files; see ``kind_of_file``.

    Raises:
        DataError: if the metadata cannot be read, or name files that are not allowed.
    """
    for name, read in zip(METADATA, (_read_csv, _read_jsonl), strict=True):
        file = folder / name
        if file.is_file():
            rows = read(file)
            if not rows:
                raise DataError(f"{file} has no rows")
            return _placed(folder.resolve(), file, rows, file_kinds)
    return []


def _placed(
    folder: Path, metadata: Path, rows: Sequence[Row], file_kinds: Mapping[str, str]
) -> list[Row]:
    columns = dict.fromkeys(column for row in rows for column in row)
    naming = {column: column[: -len(FILE) - 1] for column in columns if _names_files(column)}
    if not naming:
        raise DataError(
            f"{metadata} has no column {FILE}",
            hint=f"it has {', '.join(columns)}; several files: image_{FILE}, audio_{FILE}",
        )
    placed: list[Row] = []
    for row in rows:
        files = [(new, _file(folder, metadata, row.get(old))) for old, new in naming.items()]
        for _, file in files:
            if file and not kind_of_file(file, file_kinds):
                raise DataError(
                    f"{metadata}: {file.relative_to(folder)} does not have the ending of a known "
                    "kind of data"
                )
        own = {new or kind_of_file(file, file_kinds): file for new, file in files if file}
        rest = {k: _text(v) for k, v in row.items() if k not in naming}
        taken = sorted(set(own) & set(rest))
        if taken:
            raise DataError(
                f"{metadata}: the column {taken[0]!r} would replace that of the file",
                hint="rename it",
            )
        placed.append({**own, **rest})
    return placed


def _names_files(column: str) -> bool:
    return column == FILE or (column.endswith(f"_{FILE}") and len(column) > len(FILE) + 1)


def _text(value: object) -> str | None:
    # In JSON, a missing number is NaN, which is not equal to itself.
    return None if value is None or value == "" or value != value else str(value)


def _file(folder: Path, metadata: Path, value: object) -> Path | None:
    name = _text(value)
    if name is None:
        return None
    # Links are not followed: those in the Hub's cache lead out of the folder and are allowed, but a
    # name in a table must not lead out of it.
    path = Path(os.path.normpath(folder / name))
    if not path.is_relative_to(folder):
        raise DataError(f"{metadata} names a file outside its folder: {name}")
    if any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in name):
        raise DataError(f"{metadata}: {name!r} cannot be the name of a file")
    return path


def _read_csv(file: Path) -> list[Row]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        lines = csv.reader(stream)
        try:
            separator = _separator(stream)
            lines = csv.reader(stream, delimiter=separator, strict=True, skipinitialspace=True)
            header = _header(file, next(lines, []))
            return [_row(f"{file}:{lines.line_num}", header, cells) for cells in lines if cells]
        except UnicodeDecodeError as error:
            raise DataError(f"{file} cannot be read: {error}", hint="save it as UTF-8") from None
        except csv.Error as error:
            raise DataError(f"{file}:{lines.line_num or 1} cannot be read: {error}") from None


def _separator(stream: TextIO) -> str:
    """The character between cells; spreadsheets write semicolons in many countries."""
    header = stream.readline()
    stream.seek(0)
    return max(SEPARATORS, key=header.count)


def _header(file: Path, cells: Sequence[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise DataError(f"{file} has two columns {twice[0]!r}", hint="rename one")
    return names


def _row(where: str, header: Sequence[str], cells: Sequence[str]) -> Row:
    if any(cells[len(header) :]):
        raise DataError(
            f"{where} has {len(cells)} cells, the header has {len(header)}",
            hint="put a text that holds the separator between double quotes",
        )
    return {name: cell for name, cell in zip(header, cells, strict=False) if name}


def _read_jsonl(file: Path) -> list[Row]:
    rows = []
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{file} cannot be read: {error}", hint="save it as UTF-8") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{file}:{number} is not JSON: {error}") from None
        if not isinstance(row, dict):
            raise DataError(f"{file}:{number} is not a JSON object")
        rows.append(row)
    return rows
