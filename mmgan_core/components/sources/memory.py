"""Data that are in the memory of this process, under a hash of their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from pydantic import Field

from mmgan_core.components.sources.chosen_rows import (
    ChosenRows,
    ChosenRowsOptions,
    held_out,
    refuse_other_splits,
)
from mmgan_core.components.sources.memory_forms import splits_of
from mmgan_core.contracts import DataSource, Table
from mmgan_core.errors import DataError
from mmgan_core.foundation.progress import note_once

MEMORY = "core/memory"
_held: dict[str, dict[str, Table]] = {}


def hold(data: object, *, names: Sequence[str] = (), alone: str = "") -> dict[str, object]:
    """Keep data in this process until it ends; return the section ``data`` that names them.

    Args:
        data: see ``train``.
        names: the names of the columns of rows that are tuples.
        alone: the name of the column of rows that are single values; "" if it is not known.

    Raises:
        UsageError: if the data are of no known form, or columns have no names.
        DataError: if there is no row, or a value cannot be used.
    """
    splits = splits_of(data, names=names, alone=alone)
    said = "|".join(f"{split} {table.digest}" for split, table in splits.items())
    digest = hashlib.sha256(said.encode()).hexdigest()
    _held.setdefault(digest, splits)
    return {"use": MEMORY, "digest": digest}


class MemoryOptions(ChosenRowsOptions):
    """Options of `core/memory`."""

    digest: str = Field(
        pattern="^[0-9a-f]{64}$", description="the hash of the data, which `train` writes"
    )
    split_seed: int = Field(0, description="another number holds out other rows for testing")


class Memory(DataSource):
    """What `train(..., data=...)` was given: one table a split."""

    Options = MemoryOptions
    options: MemoryOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        """A few rows of two columns."""
        data = {"label": ["a", "b", "a", "b"], "number": [0.5, 1.5, 2.5, 3.5]}
        return ({"digest": hold(data)["digest"], "test_fraction": 0.25},)

    def tables(self, split: str) -> list[Table]:
        """The table of a split; without a test split, some rows are held out by their numbers."""
        refuse_other_splits(split)
        held = _held.get(self.options.digest)
        if held is None:
            raise DataError(
                "the data of this recipe were in memory, and they are not in this process",
                hint="give the same data again: train(..., resume=True, data=...), "
                "evaluate(run, data=...), export(run, folder, data=...)",
            )
        if "test" in held:
            return [ChosenRows(held[split], self.options, None, split)]
        table, seed = held["train"], self.options.split_seed
        names = [f"{seed}:{row}" if seed else str(row) for row in range(len(table))]
        rows = held_out(names, self.options.test_fraction, split)
        if split == "test":
            note_once(
                f"of {len(table):,} rows in memory, {len(rows):,} are held out for testing: "
                f"always the same, by a hash of their numbers (data.split_seed {seed})"
            )
        return [ChosenRows(table, self.options, rows, split)]
