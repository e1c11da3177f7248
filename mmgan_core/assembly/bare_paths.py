"""A path where a data source should be named: the nearest source that reads what lies there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

LOOKED_AT = 1_000
# How rows of texts are kept in a file by itself.
_TABLES = (".csv", ".tsv", ".json", ".jsonl", ".txt")


def fitting_source(path: Path, schemes: Collection[str]) -> str:
    """Return how data at a path are named, ``scheme:path``; empty if nothing lies there.

    It is the scheme that is called as files there end, such as ``parquet``; else ``table`` of a
    file of rows, or ``folder``.

    Args:
        path: a file or a folder.
        schemes: the names of the sources that take a path.
    """
    if not path.exists():
        return ""
    for file in _files(path):
        ending = file.suffix[1:].lower()
        if ending in schemes:
            return f"{ending}:{path}"
    if path.suffix.lower() in _TABLES and path.is_file() and "table" in schemes:
        return f"table:{path}"
    whole = path.is_dir() or path.suffix.lower() in (".zip", ".tar")
    return f"folder:{path if whole else path.parent}" if "folder" in schemes else ""


def _files(path: Path) -> Iterator[Path]:
    """The file, or the first files of a folder and of the folders in it."""
    if path.is_file():
        yield path
        return
    for number, file in enumerate(path.glob("**/*")):
        if number == LOOKED_AT:
            return
        if file.is_file():
            yield file
