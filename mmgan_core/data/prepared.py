"""Decodes columns once, and caches the prepared tensors on disk by a hash of their content."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, overload

import numpy as np
import numpy.typing as npt
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from mmgan_core.contracts import Table
from mmgan_core.errors import BadValue, DataError
from mmgan_core.foundation.files import atomically, cache_directory
from mmgan_core.foundation.progress import progress

CHUNK = 64
# From how many seconds of remaining work on workers are started: each takes a few to import torch.
WORTH_A_WORKER = 20.0
Arrays = dict[str, npt.NDArray[np.generic]]
Prepare = Callable[[Sequence[object]], Mapping[str, Tensor]]
_T = TypeVar("_T")
# Prepared values, and by row why others could not be.
_Chunk = tuple[list[Arrays | None], dict[int, str]]


@dataclass(frozen=True)
class BadRow:
    """A row that could not be read.

    Attributes:
        row: its number in the table.
        where: its file and number, or its path.
        reason: why it could not be read.
    """

    row: int
    where: str
    reason: str


@dataclass(frozen=True)
class PreparedColumn:
    """One column, ready for training.

    Attributes:
        tensors: the prepared arrays of the U distinct values, memory-mapped, each (U, ...).
        index: the number of each row's distinct value, (N,); -1 if the row could not be read.
        bad: the rows that could not be read.
    """

    tensors: Arrays
    index: npt.NDArray[np.int64]
    bad: tuple[BadRow, ...]

    def take(self, rows: npt.NDArray[np.int64]) -> Arrays:
        """The prepared arrays of some rows, each (B, ...)."""
        at = self.index[rows]
        return {key: array[at] for key, array in self.tensors.items()}


def prepare_column(
    table: Table, column: str, prepare: Prepare, key: str, *, in_workers: bool = True
) -> PreparedColumn:
    """Decode a column, or take it from the cache.

    Args:
        prepare: turns raw values into tensors, each (B, ...); raises BadValue for a value that it
            cannot read.
        key: identifies what ``prepare`` does: components, versions and options.
        in_workers: whether ``prepare`` may run in several processes.

    Raises:
        DataError: if no row can be read or the cache cannot be written.
    """
    name = hashlib.sha256(f"1|{table.digest}|{column}|{key}".encode()).hexdigest()[:32]
    folder = cache_directory() / "prepared" / name
    if not (folder / "column.json").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        rows, values = _distinct(table, column)
        arrays, reasons = _prepared(values, prepare, column, in_workers)
        index = _index(rows, len(values), reasons)
        bad = [
            {"row": int(row), "where": table.where(int(row)), "reason": reasons[int(rows[row])]}
            for row in np.flatnonzero(index < 0)
        ]
        if not arrays:
            raise DataError(
                f"no row of column {column!r} can be read",
                hint=f"the first: {bad[0]['where']}: {bad[0]['reason']}" if bad else "it is empty",
            )
        _write(folder, {**{f"t.{k}": v for k, v in arrays.items()}, "index": index}, bad)
    return _read(folder)


def _distinct(table: Table, column: str) -> tuple[npt.NDArray[np.int64], Sequence[object]]:
    """The number of each row's distinct value, and the distinct values.

    Only strings, such as labels, are compared; bytes and paths are assumed to be distinct.
    """
    first = table.values(column, [0])[0] if len(table) else None
    if not isinstance(first, str):
        return np.arange(len(table)), _Rows(table, column)
    numbers: dict[object, int] = {}
    rows = [
        numbers.setdefault(value, len(numbers)) for value in table.values(column, range(len(table)))
    ]
    return np.array(rows, dtype=np.int64), list(numbers)


class _Rows(Sequence[object]):
    """The values of a column, which are read on access."""

    def __init__(self, table: Table, column: str) -> None:
        self.table, self.column = table, column

    def __len__(self) -> int:
        return len(self.table)

    @overload
    def __getitem__(self, at: int) -> object: ...

    @overload
    def __getitem__(self, at: slice) -> list[object]: ...

    def __getitem__(self, at: int | slice) -> object:
        rows = range(len(self.table))[at]
        if isinstance(rows, int):
            return self.table.values(self.column, [rows])[0]
        return self.table.values(self.column, rows)


class _Chunks(Dataset[_Chunk]):
    """Prepares values in chunks; the values of a chunk with a bad value are prepared one by one."""

    def __init__(self, values: Sequence[object], prepare: Prepare) -> None:
        self.values, self.prepare = values, prepare

    def __len__(self) -> int:
        return -(-len(self.values) // CHUNK)

    def __getitem__(self, chunk: int) -> _Chunk:
        start = chunk * CHUNK
        values = self.values[start : start + CHUNK]
        try:
            return [self._arrays(values)], {}
        except BadValue:
            return self._one_by_one(values, start)

    def _one_by_one(self, values: Sequence[object], start: int) -> _Chunk:
        good: list[Arrays | None] = []
        reasons = {}
        for number, value in enumerate(values, start):
            try:
                good.append(self._arrays([value]))
            except BadValue as error:
                # It may name a file whose name is no UTF-8.
                reasons[number] = str(error).encode(errors="replace").decode()
        return good, reasons

    def _arrays(self, values: Sequence[object]) -> Arrays:
        if any(value is None for value in values):
            raise BadValue("the value is missing")
        return {key: tensor.numpy() for key, tensor in self.prepare(values).items()}


def _prepared(
    values: Sequence[object], prepare: Prepare, column: str, in_workers: bool
) -> tuple[Arrays, dict[int, str]]:
    parts: list[Arrays] = []
    reasons: dict[int, str] = {}
    chunks = _Chunks(values, prepare)
    with progress(f"preparing {column}", len(values)) as advance:
        for good, bad in _run(chunks, in_workers):
            parts += [arrays for arrays in good if arrays]
            reasons.update(bad)
            advance(CHUNK)
    if not parts:
        return {}, reasons
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}, reasons


def _run(chunks: _Chunks, in_workers: bool) -> Iterator[_Chunk]:
    """The chunks in order; prepared in several processes if the rest would take long."""
    began = time.perf_counter()
    head = min(4, len(chunks))
    for chunk in range(head):
        yield chunks[chunk]
    left = (time.perf_counter() - began) / max(1, head) * (len(chunks) - head)
    workers = min(8, _cores())
    if not in_workers or workers < 2 or left < WORTH_A_WORKER:
        yield from (chunks[chunk] for chunk in range(head, len(chunks)))
        return
    loader = DataLoader(
        chunks,
        batch_size=None,
        sampler=range(head, len(chunks)),
        num_workers=workers,
        multiprocessing_context="spawn",
        collate_fn=_as_is,
    )
    yield from loader


def _as_is(chunk: _T) -> _T:
    return chunk


def _index(
    rows: npt.NDArray[np.int64], distinct: int, reasons: Mapping[int, str]
) -> npt.NDArray[np.int64]:
    good = np.ones(distinct, dtype=bool)
    good[list(reasons)] = False
    place = np.where(good, np.cumsum(good) - 1, -1)
    return place[rows] if len(rows) else rows


def _write(folder: Path, arrays: Arrays, bad: list[dict[str, object]]) -> None:
    try:
        # Processes that train together prepare the same columns at the same time.
        with atomically(folder, shared=True) as beside:
            beside.mkdir()
            for name, array in arrays.items():
                np.save(beside / f"{name}.npy", array, allow_pickle=False)
            (beside / "column.json").write_text(json.dumps({"bad": bad}), encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"the cache {folder.parent} cannot be written: {error.strerror or error}",
            hint="free some space, or set MMGAN_CACHE to another folder",
        ) from error


def _read(folder: Path) -> PreparedColumn:
    arrays = {
        file.stem: np.load(file, mmap_mode="r", allow_pickle=False)
        for file in sorted(folder.glob("*.npy"))
    }
    bad = json.loads((folder / "column.json").read_text(encoding="utf-8"))["bad"]
    tensors = {name[2:]: array for name, array in arrays.items() if name.startswith("t.")}
    return PreparedColumn(tensors, np.array(arrays["index"]), tuple(BadRow(**row) for row in bad))


def _cores() -> int:
    """How many cores this process may use, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):  # not everywhere
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
