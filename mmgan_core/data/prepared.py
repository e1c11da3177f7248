"""Decodes columns once, and caches the prepared tensors on disk by a hash of their content.

Neither the values of a column nor what is prepared of them need fit into memory.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from mmgan_core.contracts import Modality, Table
from mmgan_core.data.distinct_rows import DistinctValues
from mmgan_core.data.pairing import Rows
from mmgan_core.data.row_files import RowFiles, writing
from mmgan_core.errors import BadValue, DataError
from mmgan_core.foundation.checksums import checksum, damage
from mmgan_core.foundation.code_hash import is_lasting
from mmgan_core.foundation.files import atomically, cache_directory
from mmgan_core.foundation.progress import note_once, progress

CHUNK = 64
# From how many seconds of remaining work on workers are started: each takes a few to import torch.
WORTH_A_WORKER = 20.0
# After how many seconds without a change half-written data belong to a process that was killed.
ABANDONED = 24 * 3600.0
MISSING = "the value is missing"
# What a prepared column is, beside its arrays.
DESCRIPTION = "column.json"
INDEX = "index.npy"
# How many numbers of rows are in memory at once.
BLOCK = 1 << 16
Arrays = dict[str, npt.NDArray[np.generic]]
Prepare = Callable[[Sequence[object]], Mapping[str, Tensor]]
_T = TypeVar("_T")
# Prepared values, and by row why others could not be.
_Chunk = tuple[list[Arrays], dict[int, str]]


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

    @property
    def missing(self) -> bool:
        """Whether the row has no value, rather than one that cannot be read."""
        return self.reason == MISSING


@dataclass(frozen=True)
class PreparedColumn:
    """One column, ready for training.

    Attributes:
        tensors: the prepared arrays of the U distinct values, memory-mapped, each (U, ...).
        index: the number of each row's distinct value, memory-mapped, (N,); -1 if the row could
            not be read.
        bad: the rows that could not be read.
    """

    tensors: Arrays
    index: npt.NDArray[np.int64]
    bad: tuple[BadRow, ...]

    def take(self, rows: npt.NDArray[np.int64]) -> Arrays:
        """The prepared arrays of some rows, each (B, ...); a bad row has those of another row."""
        at = self.index[rows]
        if self.bad and (at < 0).any():
            # Of various rows, so that statistics of a batch stay those of real values.
            distinct = len(next(iter(self.tensors.values())))
            at = np.where(at < 0, rows % distinct, at)
        return {key: array[at] for key, array in self.tensors.items()}


def prepare_column(
    table: Table, column: str, prepare: Prepare, key: str, *, in_workers: bool = True
) -> PreparedColumn:
    """Decode a column, or take it from the cache.

    Args:
        prepare: turns raw values into tensors, each (B, ...); raises BadValue for a value that it
            cannot read.
        key: identifies what ``prepare`` does: components, versions, options and code; with a key
            that is not ``is_lasting``, the cache is removed when the process ends.

    Raises:
        DataError: if no row can be read, the cache cannot be written, or ``prepare`` does not
            return one row for each value, always of the same shape.
    """
    key = f"3|{table.digest}|{column}|{key}"
    folder = cache_directory() / "prepared" / hashlib.sha256(key.encode()).hexdigest()[:32]
    found = _sound(folder)
    if found is None:
        _remove(folder)
        _remove_abandoned(folder.parent)
        if not is_lasting(key):
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _fill(folder, table, column, prepare, in_workers)
        found = _read(folder, json.loads((folder / DESCRIPTION).read_text(encoding="utf-8")))
    return found


def prepared_sample(modality: Modality, values: Sequence[object]) -> dict[str, Tensor]:
    """Prepare values of a made entry, for ``to_sample``."""
    return {"prepared": modality.prepare(values)}


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
        good: list[Arrays] = []
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
            raise BadValue(MISSING)
        return {key: tensor.numpy() for key, tensor in self.prepare(values).items()}


def _fill(folder: Path, table: Table, column: str, prepare: Prepare, in_workers: bool) -> None:
    with ExitStack() as context:
        with writing(folder):
            # Processes that train together prepare the same columns at the same time.
            beside = context.enter_context(atomically(folder, shared=True))
            beside.mkdir()
        values = DistinctValues(table, column, beside)
        files = context.enter_context(RowFiles(beside, len(values)))
        reasons = _write_values(values, prepare, files, in_workers, folder)
        if not files.rows:
            raise DataError(
                f"no row of column {column!r} can be read",
                hint=f"the first: {values.where(0)}: {reasons[0]}" if reasons else "it is empty",
            )
        with writing(folder):
            files.finish()
            rows = _write_index(beside / INDEX, values, np.array(sorted(reasons), dtype=np.int64))
        bad = [
            {
                "row": row,
                "where": table.where(row),
                "reason": reasons[int(values.numbers(row, row + 1)[0])],
            }
            for row in rows.tolist()
        ]
        with writing(folder):
            values.forget()
            sums = {file.name: checksum(file) for file in sorted(beside.glob("*.npy"))}
            said = {"bad": bad, "rows": len(table), "files": sums}
            said["sum"] = _sum_of(said)
            (beside / DESCRIPTION).write_text(json.dumps(said), encoding="utf-8")
            context.close()


def _write_values(
    values: DistinctValues, prepare: Prepare, files: RowFiles, in_workers: bool, folder: Path
) -> dict[int, str]:
    """Prepare values, and write them as they come; by number why others cannot be read."""
    reasons: dict[int, str] = {}
    with progress(f"preparing {values.column}", len(values)) as advance:
        for chunk, (good, bad) in enumerate(_run(_Chunks(values, prepare), in_workers)):
            start, stop = chunk * CHUNK, min((chunk + 1) * CHUNK, len(values))
            for arrays in good:
                count = (stop - start - len(bad)) // len(good)  # all of them at once, or each
                fault = files.fault(arrays, count)
                if fault:
                    raise DataError(
                        f"column {values.column!r}, {values.where(start)} to "
                        f"{values.where(stop - 1)}: {fault}",
                        hint="its `prepare` must return one row for each value, and all rows with "
                        "one shape and type",
                    )
                with writing(folder):
                    files.add(arrays, count)
            reasons.update(bad)
            advance(CHUNK)
    return reasons


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


def _write_index(file: Path, values: DistinctValues, bad: Rows) -> Rows:
    """Write the number of each row's prepared value, and return the rows that have none.

    Args:
        bad: the numbers of the distinct values that could not be prepared, in order.
    """
    count, without = len(values.table), [np.zeros(0, dtype=np.int64)]
    with file.open("wb") as stream:
        header = {"descr": "<i8", "fortran_order": False, "shape": (count,)}
        np.lib.format.write_array_header_1_0(stream, header)
        for start in range(0, count, BLOCK):
            numbers = values.numbers(start, min(start + BLOCK, count))
            before = np.searchsorted(bad, numbers)
            is_bad = np.searchsorted(bad, numbers, side="right") > before
            stream.write(np.where(is_bad, -1, numbers - before).astype("<i8").tobytes())
            if is_bad.any():
                without.append(start + np.flatnonzero(is_bad))
    return np.concatenate(without)


def _remove_abandoned(cache: Path) -> None:
    """Remove what processes left half-written when they were killed."""
    for folder in cache.glob(".*.partial"):
        with suppress(OSError):  # its process may just be done with it
            newest = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
            if time.time() - newest > ABANDONED:
                shutil.rmtree(folder, ignore_errors=True)


def _sound(folder: Path) -> PreparedColumn | None:
    """A column from the cache; None if it is not there, or damaged, which is said."""
    if not os.path.lexists(folder):
        return None
    try:
        said = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        if said.keys() == {"bad"}:  # of a version that noted no checksums
            return None
        fault = "" if said["sum"] == _sum_of(said) else f"{DESCRIPTION} has another content"
        fault = fault or damage(folder, said["files"])
        if not fault:
            return _read(folder, said)
    except Exception as error:  # what damaged files make readers raise cannot be listed
        fault = f"{type(error).__name__}: {error}"
    note_once(f"prepared data in the cache are damaged ({fault}): they are prepared anew")
    return None


def _sum_of(said: Mapping[str, object]) -> str:
    kept = {name: value for name, value in said.items() if name != "sum"}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _remove(folder: Path) -> None:
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)
    elif os.path.lexists(folder):
        folder.unlink()


def _read(folder: Path, said: Mapping[str, Any]) -> PreparedColumn:
    arrays = {
        file.stem: np.load(file, mmap_mode="r", allow_pickle=False)
        for file in sorted(folder.glob("*.npy"))
    }
    tensors = {name[2:]: array for name, array in arrays.items() if name.startswith("t.")}
    bad = tuple(BadRow(**row) for row in said["bad"])
    return PreparedColumn(tensors, arrays[Path(INDEX).stem], bad)


def _cores() -> int:
    """How many cores this process may use, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):  # not everywhere
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
