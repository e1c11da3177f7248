"""Reads rows from metadata.csv or metadata.jsonl, in the format of the `datasets` library.

The column ``file_name`` names the file of a row; a column ``X_file_name`` names a file of the
column X.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from mmgan_core.components.sources.cells import raw_cell
from mmgan_core.components.sources.chosen_rows import WORDS
from mmgan_core.components.sources.listing import Listing
from mmgan_core.components.sources.magic import kind_of_file
from mmgan_core.errors import DataError

METADATA = ("metadata.csv", "metadata.jsonl")
FILE = "file_name"
SEPARATORS = ",;\t"
_LONGEST_CELL = 1 << 24
Row = dict[str, object]


def described(folder: Path, listing: Listing, file_kinds: Mapping[str, str]) -> list[Row]:
    """The rows that the metadata of a folder describes; no rows if it has no metadata.

    Files are paths, and missing values are None.

    Args:
        file_kinds: the kind of data by the ending of its files; see ``kind_of_file``.

    Raises:
        DataError: if the metadata cannot be read, or name files that are not allowed.
    """
    there = set(listing.files)
    for name, read in zip(METADATA, (csv_rows, jsonl_rows), strict=True):
        file = folder / name
        if file in there:
            content = listing.read(file)
            if content is None:
                raise DataError(f"{file} cannot be read")
            spoken = _spoken(content, listing, folder) if name == "metadata.csv" else []
            rows = spoken or read(file, content)
            if not rows:
                raise DataError(f"{file} has no rows")
            return _placed(folder.resolve(), file, rows, file_kinds)
    return []


def _spoken(content: bytes, listing: Listing, folder: Path) -> list[Row]:
    """The rows of LJSpeech's table, ``ID|text|normalised text`` without a header, if it is one."""
    lines = [line for line in content.decode("utf-8-sig", "replace").splitlines() if line.strip()]
    if not lines or any("|" not in line for line in lines) or FILE in lines[0]:
        return []
    inside = (file for file in listing.files if file.is_relative_to(folder))
    by_id = {file.stem: file.relative_to(folder).as_posix() for file in inside}
    cells = [line.split("|") for line in lines]
    if not any(one[0] in by_id for one in cells):
        return []
    names = (WORDS, "normalised", "more")
    return [
        {
            FILE: by_id.get(first, f"{first}.wav"),
            **dict(zip(names, (cell.strip() for cell in rest), strict=False)),
        }
        for first, *rest in cells
    ]


def _placed(
    folder: Path, metadata: Path, rows: Sequence[Row], file_kinds: Mapping[str, str]
) -> list[Row]:
    columns = dict.fromkeys(column for row in rows for column in row)
    naming = {column: column[: -len(FILE) - 1] for column in columns if _names_files(column)}
    if not naming:
        raise DataError(
            f"{metadata} has no column {FILE}",
            hint=f"it has {', '.join(columns)}; several files: image_{FILE}, audio_{FILE}; if its "
            f"rows name no files, use table:{metadata}",
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
        rest = {k: _value(v) for k, v in row.items() if k not in naming}
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


def _value(value: object) -> object:
    return None if value == "" else raw_cell(value)


def _file(folder: Path, metadata: Path, value: object) -> Path | None:
    name = _value(value)
    if name is None:
        return None
    if not isinstance(name, str):
        raise DataError(f"{metadata}: {name!r} is not the name of a file")
    # Links are not followed: those in the Hub's cache lead out of the folder and are allowed, but a
    # name in a table must not lead out of it.
    # Windows separates by backslashes, and a cell may end in a space that nobody sees.
    plain = name if _exists(folder / name) else name.strip().replace("\\", "/")
    path = Path(os.path.normpath(folder / plain))
    if not path.is_relative_to(folder):
        raise DataError(f"{metadata} names a file outside its folder: {name}")
    if any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in name):
        raise DataError(f"{metadata}: {name!r} cannot be the name of a file")
    return path


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # no name that a file can have
        return False


def csv_rows(file: Path, content: bytes) -> list[Row]:
    """The rows of a CSV file with a header.

    Raises:
        DataError: if it cannot be read; names the line.
    """
    try:
        stream = io.StringIO(content.decode("utf-8-sig"), newline="")
    except UnicodeDecodeError as error:
        raise DataError(f"{file} cannot be read: {error}", hint="save it as UTF-8") from None
    separator, skipped = _separator(stream)
    lines = csv.reader(stream, delimiter=separator, strict=True, skipinitialspace=True)
    # A caption may be long; the limit of the library is for a whole process.
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        header = _header(file, next(lines, []))
        return [
            _row(f"{file}:{lines.line_num + skipped}", header, cells) for cells in lines if cells
        ]
    except csv.Error as error:
        where = f"{file}:{(lines.line_num or 1) + skipped}"
        raise DataError(f"{where} cannot be read: {error}") from None
    finally:
        csv.field_size_limit(before)


def _separator(stream: TextIO) -> tuple[str, int]:
    """The character between cells, and how many lines say it.

    Spreadsheets write semicolons in many countries, and some say so in a first line ``sep=;``.
    """
    first = stream.readline()
    said = re.fullmatch(r'"?sep=(.)"?\s*', first, re.IGNORECASE | re.DOTALL)
    if said:
        return said[1], 1
    stream.seek(0)
    return max(SEPARATORS, key=first.count), 0


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


def jsonl_rows(file: Path, content: bytes) -> list[Row]:
    """The objects of a JSONL file, one a line.

    Raises:
        DataError: if it cannot be read; names the line.
    """
    rows: list[Row] = []
    try:
        lines = content.decode("utf-8-sig").split("\n")
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
