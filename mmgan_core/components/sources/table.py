"""Tables of rows that name no files: CSV, TSV, JSON and JSONL, and plain texts, one a line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from mmgan_core.components.sources.beside import TABLES, rows_in
from mmgan_core.components.sources.cells import raw_cell
from mmgan_core.components.sources.chosen_rows import (
    WORDS,
    ChosenRows,
    ChosenRowsOptions,
    existing,
    held_out,
    refuse_other_splits,
)
from mmgan_core.components.sources.memory_table import MemoryTable
from mmgan_core.components.sources.metadata import Row
from mmgan_core.components.sources.splits import split_of
from mmgan_core.contracts import DataSource, Table
from mmgan_core.errors import DataError

LINES = ".txt"
ENDINGS = (*TABLES, LINES)


class TableOptions(ChosenRowsOptions):
    """Options of `core/table`."""

    path: str = Field(
        description="a .csv, .tsv, .json, .jsonl or .txt file, or a folder with train.csv, and "
        "perhaps test.csv or validation.csv"
    )


class TableFile(DataSource):
    """One table for each split."""

    Options = TableOptions
    options: TableOptions

    def __init__(self, options: TableOptions) -> None:
        super().__init__(options)
        self._read: dict[Path, FileRows] = {}

    def tables(self, split: str) -> list[Table]:
        """The table of a split; without a file for testing, some rows are held out."""
        refuse_other_splits(split)
        train, test = self._files(existing(self.options.path))
        table = self._rows(test if test and split == "test" else train)
        names = map(str, range(len(table)))
        rows = None if test else held_out(names, self.options.test_fraction, split)
        return [ChosenRows(table, self.options, rows, split)]

    def _files(self, path: Path) -> tuple[Path, Path | None]:
        """The file of the training split, and that of the test split."""
        if path.is_file():
            return path, None
        there = sorted(f for f in path.iterdir() if f.suffix.lower() in ENDINGS and f.is_file())
        by_split: dict[str, list[Path]] = {"train": [], "test": [], "": []}
        for file in there:
            by_split[split_of(file.stem)].append(file)
        training, tests = by_split["train"] or by_split[""], by_split["test"]
        if len(training) != 1 or len(tests) > 1:
            found = ", ".join(file.name for file in there) or "no table"
            raise DataError(
                f"{path} has {found}: which is read for training, and which for testing?",
                hint="name one file, or call them train.csv and test.csv",
            )
        return training[0], next(iter(tests), None)

    def _rows(self, file: Path) -> FileRows:
        if file not in self._read:
            self._read[file] = FileRows(file)
        return self._read[file]


class FileRows(MemoryTable):
    """The rows of a file; cells are text, or lists."""

    def __init__(self, file: Path) -> None:
        """Read the file.

        Raises:
            DataError: if it is no table.
        """
        self._file = file
        rows = _read(file)
        columns = dict.fromkeys(name for row in rows for name in row)
        super().__init__({name: [_cell(row.get(name)) for row in rows] for name in columns})

    def where(self, row: int) -> str:
        """The file and the number of the row."""
        return f"{self._file} row {row}"


def _read(file: Path) -> Sequence[Row]:
    ending = file.suffix.lower()
    if ending not in ENDINGS:
        raise DataError(
            f"{file} is no table that can be read", hint=f"tables end in {', '.join(ENDINGS)}"
        )
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}") from None
    try:
        return _lines(content) if ending == LINES else rows_in(file, content)
    except DataError as error:
        if str(file) in error.message:
            raise
        raise DataError(f"{file}: {error.message}", hint=error.hint) from None


def _lines(content: bytes) -> list[Row]:
    """A text for each line that is not empty."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"it cannot be read: {error}", hint="save it as UTF-8") from None
    return [{WORDS: line.strip()} for line in text.split("\n") if line.strip()]


def _cell(value: object) -> object:
    return None if value == "" else raw_cell(value)
