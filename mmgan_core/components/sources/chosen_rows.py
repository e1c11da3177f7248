"""Chooses rows and columns of a table by the options of a recipe."""

from __future__ import annotations

import hashlib
import os
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import Field

from mmgan_core.components.sources.row_filter import Wanted, filtered
from mmgan_core.contracts import Column, Table
from mmgan_core.errors import DataError, nearest
from mmgan_core.options import Options

SPLITS = ("train", "test")
# A text column with at most so many distinct values can be used as a label too.
FEW = 64
LABELS = ("label", "class")
WORDS = "text"
# Features of the `datasets` library that hold no encoded files.
_NO_KIND = {
    *(
        "Value",
        "Json",
        "Sequence",
        "List",
        "LargeList",
        "Translation",
        "TranslationVariableLanguages",
    ),
    *("Array2D", "Array3D", "Array4D", "Array5D"),
}
# A column of integers with more distinct values is not a label.
MANY = 4_096


class ChosenRowsOptions(Options):
    """The options of every data source that reads files."""

    columns: dict[str, str] = Field({}, description="new name: column; other columns are ignored")
    names: dict[str, tuple[str, ...]] = Field({}, description="column: new names of its labels")
    only: dict[str, Wanted] = Field(
        {},
        description="column of the data: its value, or a list of values; rows with others are left "
        "out",
    )
    limit: int | None = Field(None, ge=1, description="use only the first rows, as many as this")
    test_fraction: float = Field(
        0.1, ge=0, lt=1, description="share of rows for testing, if there is no test split"
    )


class ChosenRows:
    """A table with the rows, columns and names that a recipe chooses."""

    def __init__(
        self,
        table: Table,
        options: ChosenRowsOptions,
        rows: Sequence[int] | None = None,
        split: str = "train",
    ) -> None:
        self._table = table
        self.in_workers = bool(getattr(table, "in_workers", True))
        self.notes: Sequence[str] = getattr(table, "notes", ())
        if not len(table):
            raise DataError("the data have no rows")
        rows = range(len(table)) if rows is None else rows
        if not len(rows):
            raise DataError("the split has no rows", hint="change data.test_fraction")
        self._rows = filtered(table, options.only, rows, split)[: options.limit]
        self._source = self._chosen_columns(options)
        self.columns: Mapping[str, Column] = {
            new: self._renamed(new, options) for new in self._source
        }
        chosen = f"{table.digest}|{options.model_dump_json(include={'columns', 'names'})}|"
        state = hashlib.blake2b(chosen.encode(), digest_size=20)
        state.update(_identity(self._rows))
        self.digest = state.hexdigest()

    def __len__(self) -> int:
        return len(self._rows)

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """Raw values; labels have the names that the recipe gives them."""
        source = self._source[column]
        found = self._table.values(source, [self._rows[row] for row in rows])
        old, new = self._table.columns[source].names, self.columns[column].names
        if old == new:
            return found
        other = dict(zip(old, new, strict=True))
        return [other.get(str(value), value) for value in found]

    def where(self, row: int) -> str:
        """Where the row comes from."""
        return self._table.where(self._rows[row])

    def _chosen_columns(self, options: ChosenRowsOptions) -> dict[str, str]:
        known = self._table.columns
        for new, source in options.columns.items():
            if source not in known:
                raise DataError(
                    f"data.columns.{new}: the data have no column {source!r}",
                    hint=nearest(source, known),
                )
        chosen = options.columns or {name: name for name in known}
        for name in options.names:
            if name not in chosen:
                raise DataError(
                    f"data.names.{name}: there is no column {name!r}", hint=nearest(name, chosen)
                )
        return chosen

    def _renamed(self, new: str, options: ChosenRowsOptions) -> Column:
        column = replace(self._table.columns[self._source[new]], name=new)
        if new not in options.names:
            return column
        names = options.names[new]
        if len(names) != len(column.names):
            raise DataError(
                f"data.names.{new} has {len(names)} names, but the data have {len(column.names)}",
                hint=f"they are {', '.join(column.names[:20])}",
            )
        return replace(column, names=names)


def _identity(rows: Sequence[int]) -> bytes:
    """What tells rows from others; there may be too many to list them."""
    said: bytes = getattr(rows, "identity", b"")
    return said or array("q", rows).tobytes()


def kind_of_feature(name: str) -> str:
    """The kind of data that a feature of the `datasets` library holds, or "".

    Features of encoded files are called as their kind is (`Image`, `Audio`, `Video`, `Pdf`, ...);
    those of values, lists and arrays say nothing of what they hold.
    """
    if name in _NO_KIND or not name[:1].isupper():
        return ""
    return "label" if name == "ClassLabel" else name.lower()


def word_column(name: str, names: tuple[str, ...]) -> Column:
    """A column of strings: a label if it is named so and has few distinct values, else a text."""
    return Column(name, "label" if names and name in LABELS else WORDS, names)


def existing(path: str) -> Path:
    """Resolve a path of a recipe, which may begin with ``~``, the home directory.

    Raises:
        DataError: if the path does not exist; names the nearest.
    """
    found = Path(os.path.expanduser(path))
    if path and os.path.exists(found):
        return found
    siblings = [str(p) for p in found.parent.glob("*")] if path and found.parent.is_dir() else []
    close = f"{nearest(str(found), siblings)} " if siblings else ""
    raise DataError(
        f"there is no {found}" if path else "the path is empty",
        hint=f"{close}Paths are relative to the current directory, {Path.cwd()}",
    )


def refuse_other_splits(split: str) -> None:
    """Refuse a split other than ``train`` and ``test``.

    Raises:
        DataError: names the nearest.
    """
    if split not in SPLITS:
        raise DataError(f"there is no split {split!r}", hint=nearest(split, SPLITS))


def held_out(names: Iterable[str], fraction: float, split: str) -> Sequence[int]:
    """Split data that has no test split; a hash of each row's name decides its split.

    If rows are added later, the others stay in their split. If there are two rows or more, neither
    split is empty, unless the fraction is 0.

    Args:
        fraction: the share of rows in the test split.

    Raises:
        DataError: if the test split is asked for and the fraction is 0.
    """
    if split == "test" and fraction == 0:
        raise DataError("there is no test split, and test_fraction is 0")
    # There may be millions: numbers in arrays take a fifth of the memory of those in lists.
    hashes = array("d", map(_unit_hash, names))
    tested = bytearray(value < fraction for value in hashes)
    if fraction and len(hashes) > 1:
        if not any(tested):
            tested[hashes.index(min(hashes))] = True
        if all(tested):
            tested[hashes.index(max(hashes))] = False
    wanted = split == "test"
    return array("q", (row for row, is_tested in enumerate(tested) if is_tested == wanted))


def _unit_hash(name: str) -> float:
    """A hash of a name as a number in [0, 1); over many names it is uniform."""
    digest = hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
