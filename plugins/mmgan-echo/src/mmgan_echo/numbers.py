"""A data source of random rows in memory: numbers around a middle value for each label."""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import Field

from mmgan_core import DataError, Options
from mmgan_core.contracts import Column, DataSource, Table

SPLITS = ("train", "test")


class NumbersOptions(Options):
    """Options of `echo/numbers`."""

    rows: int = Field(256, ge=1, le=100_000, description="rows of each split")
    size: int = Field(2, ge=1, description="count of numbers in a row")
    labels: tuple[str, ...] = Field(("low", "high"), min_length=1, description="all labels")
    spread: float = Field(0.1, ge=0, description="standard deviation around a label's middle")
    seed: int = Field(0, description="seed of the rows")
    bad: int = Field(0, ge=0, description="number of rows, from the first, that cannot be read")


class Numbers(DataSource):
    """Columns ``echo``, numbers as JSON, and ``label``; splits train and test."""

    Options = NumbersOptions
    options: NumbersOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"rows": 20}, {"rows": 5, "size": 1, "labels": ("a", "b", "c"), "seed": 1})

    def tables(self, split: str) -> list[Table]:
        """One table."""
        if split not in SPLITS:
            raise DataError(f"echo/numbers has no split {split!r}: it has {' and '.join(SPLITS)}")
        return [NumbersTable(split, _rows(self.options, split), self.options.labels)]


@dataclass(frozen=True)
class NumbersTable:
    """The rows of one split; each has its numbers as JSON and its label."""

    split: str
    rows: Sequence[tuple[str, str]] = field(repr=False)
    labels: tuple[str, ...]

    @property
    def columns(self) -> Mapping[str, Column]:
        """The columns by name."""
        return {"echo": Column("echo", "echo"), "label": Column("label", "label", self.labels)}

    @property
    def digest(self) -> str:
        """Hash of split and rows."""
        return hashlib.sha256(json.dumps([self.split, self.rows]).encode()).hexdigest()

    def __len__(self) -> int:
        return len(self.rows)

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """Raw values of one column."""
        place = ("echo", "label").index(column)
        return [self.rows[row][place] for row in rows]

    def where(self, row: int) -> str:
        """The name of a row in messages."""
        return f"echo/numbers {self.split}, row {row}"


def _rows(options: NumbersOptions, split: str) -> list[tuple[str, str]]:
    chance = random.Random(f"{options.seed} {split}")
    count, rows = len(options.labels), []
    for row in range(options.rows):
        label = row % count
        numbers = []
        for place in range(options.size):
            middle = 0.5 * math.cos(math.tau * (label / count + place / 7))
            number = chance.gauss(middle, options.spread)
            numbers.append(round(max(-1.0, min(1.0, number)), 4))
        said = "cannot be read" if row < options.bad else json.dumps(numbers)
        rows.append((said, options.labels[label]))
    return rows
