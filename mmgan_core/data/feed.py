"""The feed: returns batches of tensors that depend only on the seed and the sample number."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.columns import find_column
from mmgan_core.assembly.gan import GAN
from mmgan_core.assembly.opening import open_source
from mmgan_core.assembly.parts import Part
from mmgan_core.contracts import DataSource, Encoder, Modality, Table
from mmgan_core.contracts.stream import is_streamed, shares_of
from mmgan_core.data.identity import prepared_identity
from mmgan_core.data.pairing import Order, Pairing, Rows, with_partners
from mmgan_core.data.prepared import (
    Arrays,
    BadRow,
    Prepare,
    PreparedColumn,
    prepare_column,
    prepared_sample,
)
from mmgan_core.data.some_rows import bounded
from mmgan_core.data.streamed_batches import StreamedBatches
from mmgan_core.data.streamed_order import Mixture, seed_of
from mmgan_core.data.taken import Taken
from mmgan_core.errors import DataError


@dataclass(frozen=True)
class Batch:
    """The data that one phase trains on.

    Attributes:
        given: the prepared tensors of each given entry, each (B, ...).
        real: the real samples of each made entry, (B, *shape).
        meaning: rows with equal numbers mean the same, (B,).
        moves: for each made entry whose real samples were moved, what moves maps along with them.
        present: for each given entry that may be missing, the rows that have a value, (B,); the
            tensors of the others are those of any other row.
    """

    given: dict[str, dict[str, Tensor]]
    real: dict[str, Tensor]
    meaning: Tensor
    moves: Mapping[str, Callable[[Tensor], Tensor]] = field(default_factory=dict)
    present: dict[str, Tensor] = field(default_factory=dict)

    def shown(self) -> dict[str, Tensor]:
        """For each given entry, the rows that have a value, (B,)."""
        every = torch.ones_like(self.meaning, dtype=torch.bool)
        return {name: self.present.get(name, every) for name in self.given}


@dataclass(frozen=True)
class _Entry:
    table: int
    column: str
    prepared: PreparedColumn
    may_be_missing: bool = False

    @cached_property
    def missing(self) -> Rows:
        """The rows without a value, if rows may lack it."""
        found = [bad.row for bad in self.prepared.bad if bad.missing and self.may_be_missing]
        return np.array(found, dtype=np.int64)

    @cached_property
    def present(self) -> npt.NDArray[np.bool_]:
        """Which rows have a value that can be read, (N,)."""
        return self.prepared.index >= 0


class Feed:
    """The rows of one split, prepared for one GAN."""

    def __init__(
        self,
        tables: Sequence[Table],
        given: Mapping[str, _Entry],
        made: Mapping[str, _Entry],
        modalities: Mapping[str, Modality],
        orders: Sequence[Order],
        meaning: tuple[int, npt.NDArray[np.int64]],
    ) -> None:
        self.tables = tables
        self._given, self._made, self._modalities = given, made, modalities
        self._orders, self._meaning = orders, meaning

    def __len__(self) -> int:
        return len(self._orders[0])

    @property
    def bad(self) -> dict[str, tuple[BadRow, ...]]:
        """The rows of each entry that could not be read."""
        return {
            name: tuple(b for b in e.prepared.bad if not (b.missing and e.may_be_missing))
            for name, e in {**self._given, **self._made}.items()
        }

    def batch(self, phase: int, start: int, count: int, device: torch.device) -> Batch:
        """Return the batch of samples ``start`` to ``start + count`` of a phase.

        Args:
            phase: 0 for the discriminator phase, 1 for the generator phase.
            start: the number of the first sample, counted from the start of training.
            count: how many samples, B.
            device: where to put the tensors.
        """
        return self.placed(self.host(phase, start, count), device)

    def host(self, phase: int, start: int, count: int) -> Batch:
        """A batch on the CPU; its real samples are as the cache has them, for ``placed``."""
        taken = self._taken(phase, start, count)
        given = {name: _tensors(arrays) for name, arrays in taken.given.items()}
        real = {name: _tensors(arrays)["prepared"] for name, arrays in taken.made.items()}
        meaning = torch.from_numpy(self.meaning(taken.rows))
        return Batch(given, real, meaning, present=_tensors(taken.present))

    def placed(self, host: Batch, device: torch.device) -> Batch:
        """Put a batch of ``host`` on a device, and make its real samples there."""
        real = {}
        for name, prepared in host.real.items():
            modality = self._modalities[name]
            sample = modality.to_sample(_put(prepared, device))
            real[name] = sample.contiguous(memory_format=modality.memory_format)
        given = {
            name: {key: _put(tensor, device) for key, tensor in tensors.items()}
            for name, tensors in host.given.items()
        }
        present = {name: _put(rows, device) for name, rows in host.present.items()}
        return Batch(given, real, _put(host.meaning, device), present=present)

    def _taken(self, phase: int, start: int, count: int) -> Taken:
        rows = self._orders[phase].rows(start, count)
        given, made = (
            {name: entry.prepared.take(rows[entry.table]) for name, entry in entries.items()}
            for entries in (self._given, self._made)
        )
        present: Arrays = {
            name: entry.present[rows[entry.table]]
            for name, entry in self._given.items()
            if entry.may_be_missing
        }
        return Taken(rows, given, made, present)

    def rows(self, start: int, count: int) -> list[Rows]:
        """Return the rows of samples ``start`` to ``start + count``, for each table."""
        return self._orders[0].rows(start, count)

    def meaning(self, rows: Sequence[Rows]) -> npt.NDArray[np.int64]:
        """Return a number for each sample, (B,); rows that mean the same have equal numbers."""
        table, codes = self._meaning
        return codes[rows[table]]

    def raw(self, entry: str, rows: Sequence[Rows]) -> list[object]:
        """Return the raw values of an entry in these rows."""
        found = self._given.get(entry) or self._made[entry]
        return self.tables[found.table].values(found.column, rows[found.table].tolist())

    def different(self, entry: str, rows: Sequence[Rows]) -> npt.NDArray[np.int64]:
        """Return a number for each of these rows of a given entry; equal values have equal ones.

        Values are compared as they are prepared, so that it does not matter how they are stored.
        """
        found = self._given[entry]
        numbers: dict[bytes, int] = {}
        codes = []
        for row in rows[found.table]:
            taken = found.prepared.take(np.array([row]))
            content = hashlib.blake2b(b"".join(taken[key].tobytes() for key in sorted(taken)))
            codes.append(numbers.setdefault(content.digest(), len(numbers)))
        return np.array(codes, dtype=np.int64)


class StreamedFeed(Feed):
    """The rows of a training split that are read in their order, ahead of use."""

    def __init__(self, batches: StreamedBatches, modalities: Mapping[str, Modality]) -> None:
        nothing = np.zeros(0, dtype=np.int64)
        super().__init__([batches.table], {}, {}, modalities, batches.orders, (0, nothing))
        self._batches = batches

    @property
    def bad(self) -> dict[str, tuple[BadRow, ...]]:
        """The rows of each entry that could not be read so far, the first of them."""
        return self._batches.bad

    def _taken(self, phase: int, start: int, count: int) -> Taken:
        return self._batches.taken(phase, start, count)

    def rows(self, start: int, count: int) -> list[Rows]:
        """Return the rows of samples ``start`` to ``start + count``."""
        return self._batches.rows(start, count)

    def meaning(self, rows: Sequence[Rows]) -> npt.NDArray[np.int64]:
        """Return a number for each sample, (B,); rows that mean the same have equal numbers."""
        return self._batches.meaning(rows[0])

    def raw(self, entry: str, rows: Sequence[Rows]) -> list[object]:
        """Return the raw values of an entry in these rows."""
        return self._batches.raw(entry, rows[0])

    def different(self, entry: str, rows: Sequence[Rows]) -> npt.NDArray[np.int64]:
        """Return a number for each of these rows of a given entry; equal values have equal ones."""
        return self._batches.different(entry, rows[0])


def open_feed(
    blueprint: Blueprint,
    gan: GAN,
    source: DataSource,
    split: str,
    *,
    complete: bool = False,
    measuring: bool = False,
) -> Feed:
    """Open the feed of a split: decode what the GAN needs, drop unreadable rows and join tables.

    A table that is streamed is decoded while it is used.

    Args:
        complete: leave out the rows in which a given value is missing, though it may be.
        measuring: the rows are to be gone through as a whole: of a table that is streamed, as many
            are taken as can be prepared.

    Raises:
        DataError: if the split does not exist or is empty, or too many rows cannot be read.
    """
    recipe = blueprint.recipe
    tables = source.tables(split)
    if complete or measuring:
        tables = [bounded(table) for table in tables]
    if is_streamed(tables[0]):
        return StreamedFeed(StreamedBatches(blueprint, gan, tables[0]), blueprint.modalities)
    given = {
        name: _entry(
            tables,
            part.column,
            f"given.{name}",
            gan.preparing(name),
            _key((part.encoder, gan.encoder(name)), (part.modality, blueprint.modalities[name]))
            + ("|places" if gan.tells_places(name) else ""),
            gan.encoder(name).in_workers,
            recipe.given[name].may_be_missing,
        )
        for name, part in blueprint.given.items()
    }
    made = {
        name: _entry(
            tables,
            part.column,
            f"make.{name}",
            partial(prepared_sample, blueprint.modalities[name]),
            _key((part.modality, blueprint.modalities[name])),
            in_workers=True,
        )
        for name, part in blueprint.make.items()
    }
    usable = _readable(tables, [*given.values(), *made.values()], recipe.bad_rows, complete)
    keys = _keys(tables, source.pair_on)
    if len(tables) > 1:
        usable, dropped = with_partners(keys, usable)
        if not len(usable[0]):
            raise DataError(
                f"the tables share no value of {source.pair_on!r}",
                hint=f"the values are {', '.join(dropped[:20])}; rename labels with names: {{...}}",
            )
    if not len(usable[0]):
        raise DataError(f"the {split} split has no rows")
    same = recipe.align.same if recipe.align else ""
    meaning = _meanings(tables, same or source.pair_on)
    # The two phases of a step train on different batches.
    orders = [_order(tables, keys, usable, recipe.seed * 2 + phase) for phase in (0, 1)]
    return Feed(tables, given, made, blueprint.modalities, orders, meaning)


def open_splits(blueprint: Blueprint, gan: GAN) -> tuple[Feed, Feed]:
    """Open the feeds of the test split and the training split of a recipe's data."""
    source = open_source(blueprint.recipe.data.model_dump())
    test, train = (
        open_feed(blueprint, gan, source, split, complete=split == "test", measuring=True)
        for split in ("test", "train")
    )
    return test, train


def _key(*parts: tuple[Part, Encoder | Modality]) -> str:
    keys = [
        f"{part.spec.id}@{part.spec.version}{prepared_identity(built)}" for part, built in parts
    ]
    keys += [model.digest for part, _ in parts for model in part.models.values()]
    return "|".join(keys)


def _entry(
    tables: Sequence[Table],
    column: str,
    where: str,
    prepare: Prepare,
    key: str,
    in_workers: bool,
    may_be_missing: bool = False,
) -> _Entry:
    table, _ = find_column(tables, column, where)
    in_workers = in_workers and bool(getattr(table, "in_workers", True))
    prepared = prepare_column(table, column, prepare, key, in_workers=in_workers)
    return _Entry(tables.index(table), column, prepared, may_be_missing)


def _readable(
    tables: Sequence[Table], entries: Sequence[_Entry], allowed: float, complete: bool
) -> list[Rows]:
    usable = []
    for number, table in enumerate(tables):
        good = np.ones(len(table), dtype=bool)
        bad: list[str] = []
        incomplete = np.zeros(len(table), dtype=bool)
        for entry in entries:
            if entry.table == number:
                incomplete[entry.missing] = True
                present = entry.present.copy()
                present[entry.missing] = True
                good &= present
                bad += [
                    f"{r.where}, {entry.column}: {r.reason}"
                    for r in entry.prepared.bad
                    if not present[r.row]
                ]
        # One bad file in a small split does not stop what the others can do.
        one_at_most = allowed > 0 and len(table) - good.sum() <= 1 and good.any()
        if len(table) and 1 - good.mean() > allowed and not one_at_most:
            first = "\n    ".join(list(dict.fromkeys(bad))[:5])
            raise DataError(
                f"{(~good).sum()} of {len(table)} rows cannot be read, "
                f"bad_rows allows {allowed:.1%}:\n    {first}",
                hint="repair the data, or raise bad_rows in the recipe or on the command line: "
                f"--set bad_rows={min(0.99, math.ceil(100 * (1 - good.mean())) / 100)}",
            )
        if complete and not (good & ~incomplete).any() and good.any():
            raise DataError(
                "no row has every given value, so there is none to measure with",
                hint="add rows to it that do",
            )
        usable.append(np.flatnonzero(good & ~incomplete if complete else good))
    return usable


def _keys(tables: Sequence[Table], pair_on: str) -> list[npt.NDArray[np.str_]]:
    if not pair_on or len(tables) == 1:  # then every row belongs to every other
        return [np.zeros(len(table), dtype="U1") for table in tables]
    return [
        np.array([str(value) for value in table.values(pair_on, range(len(table)))], dtype=str)
        for table in tables
    ]


def _meanings(tables: Sequence[Table], column: str) -> tuple[int, npt.NDArray[np.int64]]:
    if not column:
        return 0, np.arange(len(tables[0]))
    table, _ = find_column(tables, column, "align.same")
    values = [str(value) for value in table.values(column, range(len(table)))]
    return tables.index(table), np.unique(values, return_inverse=True)[1].astype(np.int64)


def _order(
    tables: Sequence[Table],
    keys: Sequence[npt.NDArray[np.str_]],
    usable: Sequence[Rows],
    seed: int,
) -> Order:
    shares = shares_of(tables[0])
    if len(shares) == 1:
        return Pairing(keys, usable, seed)
    starts = np.cumsum([0, *(share.rows for share in shares)])
    parts = np.split(usable[0], np.searchsorted(usable[0], starts[1:-1]))
    if not all(map(len, parts)):
        raise DataError("no row of one of the mixed sources can be read")
    orders = [Pairing(keys, [part], seed_of(seed, n)) for n, part in enumerate(parts)]
    return Mixture(orders, [share.weight for share in shares])


def _tensors(arrays: Arrays) -> dict[str, Tensor]:
    return {key: torch.from_numpy(array) for key, array in arrays.items()}


def _put(tensor: Tensor, device: torch.device) -> Tensor:
    return tensor.to(device, non_blocking=tensor.is_pinned())
