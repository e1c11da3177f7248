"""A folder of files: with a folder for each class, or with metadata.csv or metadata.jsonl."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from pydantic import Field

from mmgan_core.components.sources.beside import TABLES, found_beside
from mmgan_core.components.sources.cells import list_column
from mmgan_core.components.sources.chosen_rows import (
    FEW,
    MANY,
    SPLITS,
    WORDS,
    ChosenRows,
    existing,
    held_out,
    refuse_other_splits,
    word_column,
)
from mmgan_core.components.sources.listing import ARCHIVES, ArchiveListing, Listing, packed
from mmgan_core.components.sources.magic import kind_of_file
from mmgan_core.components.sources.metadata import METADATA, Row, described
from mmgan_core.components.sources.splits import Splits, sharded, split_of, splits_of
from mmgan_core.components.sources.streaming import StreamedOptions, Streaming, streamed_table
from mmgan_core.components.sources.tar_rows import TarTable
from mmgan_core.contracts import Column, DataSource, Table
from mmgan_core.errors import DataError

LABEL = "label"
_NUMBERED = re.compile("[0-9]{5}")


class FolderOptions(StreamedOptions):
    """Options of `core/folder`."""

    path: str = Field(
        description="the folder, or a zip or tar file; it may contain train/ and test/"
    )


class Folder(DataSource):
    """One table for each split; its values are paths of files, or bytes of files in archives."""

    Options = FolderOptions
    options: FolderOptions

    def __init__(self, options: FolderOptions) -> None:
        super().__init__(options)
        self._read: dict[str, Table] = {}

    def tables(self, split: str) -> list[Table]:
        """The table of the folder ``train`` or ``test``; without them, some files are held out."""
        refuse_other_splits(split)
        if split not in self._read:  # all of a folder's files are read to know their contents
            self._read[split] = self._table(split)
        return [self._read[split]]

    def _streamed(self, streaming: Streaming, split: str) -> Table:
        path = existing(self.options.path).resolve()
        shards = sharded([path] if path.is_file() else sorted(path.glob("*.tar")))
        if (path.is_file() and path.suffix.lower() != ".tar") or "train" not in shards:
            raise DataError(
                f"{path} has no .tar shards for training, which alone can be streamed of a folder",
                hint="leave out streamed, or write shards as WebDataset does: train-0000.tar, ...",
            )
        train, test = (partial(TarTable, shards.get(s, ()), self.file_kinds) for s in SPLITS)
        return streamed_table(
            self.options, streaming, split, train, test if "test" in shards else None
        )

    def _table(self, split: str) -> Table:
        if self.options.streamed:
            return self._streamed(self.options.streamed, split)
        layout = self._layout(existing(self.options.path))
        testing = bool(layout.splits.test)
        of_test = testing and split == "test"
        table = FolderTable(
            layout.splits.test if of_test and layout.splits.test else layout.splits.train,
            self.file_kinds,
            listing=layout.test_listing if of_test else layout.listing,
            base=None if testing or layout.splits.train != layout.root else layout.listing.root,
            labelled=layout.labelled,
            notes=layout.splits.notes,
        )
        rows = None if testing else held_out(table.names, self.options.test_fraction, split)
        return ChosenRows(table, self.options, rows, split)

    def _layout(self, path: Path) -> _Layout:
        if path.is_dir():
            return self._of_folder(path)
        if path.suffix.lower() in ARCHIVES:
            listing = ArchiveListing(path.resolve(), [path.resolve()])
            return self._split(listing)
        if packed([path.name]):
            raise DataError(
                f"{path} is packed, so its files cannot be read in any order",
                hint="unpack it, or make a .zip or .tar of it",
            )
        source = f"folder:{path.parent}"
        if path.suffix.lower() in (".parquet", *TABLES):
            source = f"{'parquet' if path.suffix == '.parquet' else 'table'}:{path}"
        raise DataError(f"{path} is a file, not a folder", hint=f"use {source}")

    def _of_folder(self, path: Path) -> _Layout:
        listing = Listing(path)
        if any(kind_of_file(file, self.file_kinds) for file in listing.files):
            return self._split(listing)
        shards = [f for f in listing.files if f.parent == path and f.suffix.lower() in ARCHIVES]
        if not shards:
            return self._split(listing)
        root = path.resolve()
        train, test = (
            ArchiveListing(root, [root / file.name for file in sharded(shards).get(split, [])])
            for split in ("train", "test")
        )
        said = f"read in place: {len(shards):,} archives"
        splits = Splits(root, root if test.archives else None, (said,))
        return _Layout(train, splits, root, test, self._labelled(train, splits, test))

    def _split(self, listing: Listing) -> _Layout:
        root = _inmost(listing, self.file_kinds)
        notes: tuple[str, ...] = ()
        if root != listing.root:
            notes = (f"read from {root}, all that is in {listing.root}",)
        splits = splits_of(listing, root)
        splits = Splits(splits.train, splits.test, (*notes, *splits.notes))
        return _Layout(listing, splits, root, listing, self._labelled(listing, splits, listing))

    def _labelled(self, train: Listing, splits: Splits, test: Listing) -> bool:
        """Whether folders are classes: a single one says nothing."""
        names = _classes(train, splits.train, self.file_kinds)
        if splits.test:
            names |= _classes(test, splits.test, self.file_kinds)
        return len(names) > 1


@dataclass(frozen=True)
class _Layout:
    """Where the rows of each split are.

    Attributes:
        listing: the files with those of the training split.
        splits: the folder of each split.
        root: the folder in which splits were looked for.
        test_listing: the files with those of the test split.
        labelled: whether the names of folders are labels.
    """

    listing: Listing
    splits: Splits
    root: Path
    test_listing: Listing
    labelled: bool


class FolderTable:
    """The rows of a folder, in the order of their paths or of its metadata."""

    def __init__(
        self,
        folder: Path,
        file_kinds: Mapping[str, str] = MappingProxyType({}),
        *,
        listing: Listing | None = None,
        base: Path | None = None,
        labelled: bool = True,
        notes: Sequence[str] = (),
    ) -> None:
        """Read what lies below a folder.

        Args:
            folder: where the rows are.
            file_kinds: see ``kind_of_file``.
            listing: the files, if they are not those of a plain folder.
            base: rows are named by their paths below it; default: the folder.
            labelled: whether the names of folders are labels.
            notes: what is known of how the folder was found.
        """
        self._folder, self._kinds = folder, dict(file_kinds)
        self._listing = listing or Listing(folder)
        self.notes = list(notes)
        rows = described(folder, self._listing, self._kinds)
        if rows:
            self._note_what_is_not_named(rows)
        else:
            rows = self._in_class_folders(labelled)
        if not rows:
            raise DataError(
                f"{folder} holds no file of a known kind of data, such as a picture or a sound",
                hint=self._what_it_needs(),
            )
        self._rows = rows
        self.names = [_name(base or folder, row) for row in rows]
        columns = dict.fromkeys(column for row in rows for column in row)
        self.columns: Mapping[str, Column] = {name: self._column(name) for name in columns}
        self.digest = _digest(self.names, rows, self._listing)

    def __len__(self) -> int:
        return len(self._rows)

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """Paths of files, bytes of files in archives, and values of other columns."""
        cells = (self._rows[row].get(column) for row in rows)
        return [self._listing.value(c) if isinstance(c, Path) else c for c in cells]

    def where(self, row: int) -> str:
        """The file of the row."""
        files = [value for value in self._rows[row].values() if isinstance(value, Path)]
        return _printable(files[0]) if files else f"{self._folder} row {row}"

    def _column(self, name: str) -> Column:
        values = [row[name] for row in self._rows if row.get(name) is not None]
        if values and isinstance(values[0], Path):
            return Column(name, kind_of_file(values[0], self._kinds))
        listed = list_column(name, values, MANY)
        if listed:
            return listed
        found = tuple(sorted({str(value) for value in values}))
        return word_column(name, found if len(found) <= FEW or name == LABEL else ())

    def _in_class_folders(self, labelled: bool) -> list[Row]:
        folder = self._folder
        inside = [file for file in self._listing.files if file.is_relative_to(folder)]
        by_file = {file: kind for file in inside if (kind := kind_of_file(file, self._kinds))}
        # A README.txt or LICENSE.txt beside pictures or sounds is not a row.
        media = [file for file in by_file if by_file[file] != WORDS] or list(by_file)
        kinds = sorted({by_file[file] for file in media})
        if len(kinds) > 1:
            raise DataError(
                f"{folder} holds {' and '.join(kinds)} files, and nothing says which belong "
                "together",
                hint=f"a metadata.csv does: {', '.join(f'{kind}_file_name' for kind in kinds)}",
            )
        if not media:
            return []
        classes = {file: self._listing.class_of(file, folder) for file in media}
        labelled = labelled and any(classes.values())
        # StyleGAN's dataset.json lies beside folders 00000, 00001, ..., which are no classes.
        numbered = all(_NUMBERED.fullmatch(name) for name in classes.values() if name)
        taken = {kinds[0]} | ({LABEL} if labelled and not numbered else set())
        beside = found_beside(self._listing, folder, media, taken)
        said = any(LABEL in row for row in beside.columns.values())
        with_class = labelled and not (numbered and said)
        rows: list[Row] = []
        for file in media:
            row: Row = {kinds[0]: file}
            if with_class and classes[file]:
                row[LABEL] = _printable(classes[file])
            rows.append({**beside.columns.get(file, {}), **row} if beside.columns else row)
        self.notes += beside.notes
        self._note_depths(classes, with_class)
        return [self._in_order(row, kinds[0]) for row in rows]

    @staticmethod
    def _in_order(row: Row, kind: str) -> Row:
        first = {name: row[name] for name in (kind, LABEL) if name in row}
        return {**first, **row}

    def _note_depths(self, classes: Mapping[Path, str], with_class: bool) -> None:
        names = {name for name in classes.values() if name}
        loose = sum(not name for name in classes.values())
        if with_class and names and loose:
            self.notes.append(
                f"{loose:,} of {len(classes):,} files lie in no class folder: their label is "
                "missing"
            )
        if not with_class and len(names) == 1:
            self.notes.append(f"not read as a label: the only folder, {_printable(min(names))}/")

    def _note_what_is_not_named(self, rows: Sequence[Row]) -> None:
        named = {value for row in rows for value in row.values() if isinstance(value, Path)}
        kinds = {kind_of_file(file, self._kinds) for file in named} - {WORDS}
        folder = self._folder.resolve()
        left = 0
        for file in self._listing.files:
            if file.is_relative_to(self._folder) and kind_of_file(file, self._kinds) in kinds:
                left += folder / file.relative_to(self._folder) not in named
        if left:
            self.notes.append(f"not read: {left:,} files that no row of its metadata names")

    def _what_it_needs(self) -> str:
        archive = packed(file.name for file in self._listing.files)
        if archive:
            return f"unpack {archive}, or make a .zip or .tar of it"
        table = next((f for f in self._listing.files if f.suffix.lower() in TABLES), None)
        if table is not None:
            inside = isinstance(self._listing, ArchiveListing)
            where = table.name if inside else table
            return (
                f"{_printable(table.name)} holds rows that name no files: "
                f"{'unpack it, and ' if inside else ''}use table:{_printable(where)}"
            )
        return "it needs CLASS/file.png, or metadata.csv with a column file_name"


def _inmost(listing: Listing, kinds: Mapping[str, str]) -> Path:
    """The folder in which splits, classes or a table are, below folders that hold nothing else."""
    root = listing.root
    while True:
        folders = listing.folders(root)
        loose = [file for file in listing.files if file.parent == root]
        if len(folders) != 1 or any(kind_of_file(file, kinds) for file in loose):
            break
        if any(file.name in METADATA for file in loose) or split_of(folders[0].name):
            break
        root = folders[0]
    below = [file for file in listing.files if file.parent == root]
    telling = any(file.name in METADATA for file in below) or len(listing.folders(root)) > 1
    return root if telling else listing.root


def _classes(listing: Listing, root: Path, kinds: Mapping[str, str]) -> set[str]:
    files = (f for f in listing.files if f.is_relative_to(root) and kind_of_file(f, kinds))
    return {name for file in files if (name := listing.class_of(file, root))}


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


def _digest(names: Sequence[str], rows: Sequence[Row], listing: Listing) -> str:
    state = hashlib.sha256()
    for name, row in zip(names, rows, strict=True):
        plain = {k: listing.content(v) if isinstance(v, Path) else v for k, v in row.items()}
        state.update(json.dumps([name, plain]).encode())
    return state.hexdigest()
