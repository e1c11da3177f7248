"""Prepared data are written as they come: what lies on disk, and how much memory it takes."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import mmgan_core.data.distinct_rows as distinct_rows
import mmgan_core.data.prepared as prepared
from mmgan_core.contracts import Column
from mmgan_core.data.distinct_rows import DistinctValues
from mmgan_core.data.prepared import CHUNK, prepare_column
from mmgan_core.data.row_files import RowFiles
from mmgan_core.errors import BadValue, DataError
from mmgan_core.foundation import checksums

from .test_prepared_by_hand import Numbers


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def left(cache: Path) -> list[str]:
    return [path.name for path in (cache / "prepared").glob("*")]


@pytest.mark.parametrize("kind", ["float32", "float16", "uint8", "int64", "bool", "complex64"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,), (1, 1, 1)])
@pytest.mark.parametrize("most", [9, 10, 10_000, 10**12])
def test_a_file_of_rows_is_what_numpy_reads(
    tmp_path: Path, kind: str, shape: tuple[int, ...], most: int
) -> None:
    array = np.arange(9 * int(np.prod(shape))).reshape(9, *shape).astype(kind)
    with RowFiles(tmp_path, most) as files:
        for part in (array[:2], array[2:3], array[3:3], np.asfortranarray(array[3:])):
            assert files.fault({"a": part}, len(part)) == ""
            files.add({"a": part}, len(part))
        assert files.rows == 9
        files.finish()
    found = np.load(tmp_path / "t.a.npy", mmap_mode="r" if array.size else None)
    assert found.dtype == array.dtype
    assert found.shape == array.shape
    assert np.array_equal(found, array)


ODD: dict[str, tuple[dict[str, torch.Tensor], str]] = {
    "another shape": ({"n": torch.zeros(CHUNK, 3)}, "'n' is float32 (3,), but was float32 (2,)"),
    "another type": ({"n": torch.zeros(CHUNK, 2).int()}, "'n' is int32 (2,), but was float32 (2,)"),
    "too few rows": ({"n": torch.zeros(3, 2)}, "'n' has the shape (3, 2) for 64 values"),
    "no rows": ({"n": torch.zeros(())}, "'n' has the shape () for 64 values"),
    "another name": ({"m": torch.zeros(CHUNK, 2)}, "it has m instead of n"),
}


@pytest.mark.parametrize("name", ODD)
def test_a_chunk_that_does_not_fit_names_column_and_rows(cache: Path, name: str) -> None:
    tensors, reason = ODD[name]

    def prepare(values: Sequence[object]) -> dict[str, torch.Tensor]:
        return {"n": torch.zeros(len(values), 2)} if 0 in values else tensors

    with pytest.raises(DataError, match=re.escape(f"column 'n', row 64 to row 127: {reason}")):
        prepare_column(Numbers(range(200)), "n", prepare, "k")
    assert left(cache) == []


def test_a_bad_row_leaves_no_gap_on_disk() -> None:
    def prepare(values: Sequence[Any]) -> dict[str, torch.Tensor]:
        if any(value % 50 == 7 for value in values):
            raise BadValue("no")
        return {"n": torch.tensor(values)[:, None]}

    found = prepare_column(Numbers(range(200)), "n", prepare, "k")
    good = [n for n in range(200) if n % 50 != 7]
    assert found.tensors["n"][:, 0].tolist() == good
    assert found.take(np.array(good))["n"][:, 0].tolist() == good
    assert [bad.row for bad in found.bad] == [7, 57, 107, 157]


def test_strings_are_compared_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct_rows, "BLOCK", 3)
    texts = ["b", "a", "b", None, "None", "", "a", "c", "caf\udce9"]
    values = DistinctValues(Numbers(texts), "n", tmp_path)
    assert values.numbers(0, 9).tolist() == [0, 1, 0, 2, 3, 4, 1, 5, 6], "in order of first rows"
    assert values.numbers(4, 6).tolist() == [3, 4]
    assert values[0:] == ["b", "a", None, "None", "", "c", "caf\udce9"]
    assert values[5:9] == ["c", "caf\udce9"]
    assert values.where(5) == "row 7"
    values.forget()
    assert not list(tmp_path.iterdir())


def test_with_many_distinct_strings_others_are_not_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For what is compared with is in memory."""
    monkeypatch.setattr(distinct_rows, "COMPARED", 2)
    values = DistinctValues(Numbers(["a", "b", "c", "b", "c", "a", "d"]), "n", tmp_path)
    assert values.numbers(0, 7).tolist() == [0, 1, 2, 1, 3, 0, 4]
    assert values[0:] == ["a", "b", "c", "c", "d"]


@pytest.mark.parametrize("kind", [str, str.encode])
def test_rows_are_numbered_in_blocks(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "BLOCK", 7)

    def prepare(values: Sequence[Any]) -> dict[str, torch.Tensor]:
        if any(len(value) % 3 == 1 for value in values):
            raise BadValue("no")
        return {"n": torch.tensor([len(value) for value in values])}

    lengths = [row % 11 for row in range(100)]
    found = prepare_column(Numbers([kind("x" * n) for n in lengths]), "n", prepare, "k")
    bad = [row for row, n in enumerate(lengths) if n % 3 == 1]
    assert [one.row for one in found.bad] == bad == np.flatnonzero(found.index < 0).tolist()
    good = np.flatnonzero(found.index >= 0)
    assert found.take(good)["n"].tolist() == [lengths[row] for row in good]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, FileNotFoundError])
def test_nothing_half_written_stays(cache: Path, error: type[BaseException]) -> None:
    """And an error of the component is not called one of the cache."""

    def prepare(values: Sequence[object]) -> dict[str, torch.Tensor]:
        if 100 in values:
            raise error
        return {"n": torch.zeros(len(values))}

    with pytest.raises(error):
        prepare_column(Numbers(range(200)), "n", prepare, "k")
    assert left(cache) == []


def test_a_full_disk(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def add(self: RowFiles, arrays: object, rows: int) -> None:
        calls.append(rows)
        if len(calls) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(RowFiles, "add", add)
    with pytest.raises(DataError, match="cannot be written: No space left on device") as told:
        prepare_column(Numbers(range(200)), "n", lambda v: {"n": torch.zeros(len(v))}, "k")
    assert told.value.hint == "free some space, or set MMGAN_CACHE to another folder"
    assert left(cache) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_file_on_a_full_disk_is_closed_without_another_error(tmp_path: Path) -> None:
    (tmp_path / "t.n.npy").symlink_to("/dev/full")

    def write() -> None:
        with RowFiles(tmp_path, 10) as files:
            files.add({"n": np.zeros((1, 10))}, 1)
            files.finish()

    with pytest.raises(OSError, match="No space"):
        write()


def test_what_killed_processes_left_is_removed_after_a_day(cache: Path) -> None:
    day = time.time() - 25 * 3600
    for name, age in ((".a.1.partial", day), (".b.2.partial", time.time()), (".c.3", day)):
        folder = cache / "prepared" / name
        folder.mkdir(parents=True)
        (folder / "t.n.npy").touch()
        for path in (folder / "t.n.npy", folder):
            os.utime(path, (age, age))
    prepare_column(Numbers([1]), "n", lambda v: {"n": torch.zeros(len(v))}, "k")
    assert {".b.2.partial", ".c.3"} < set(left(cache))
    assert ".a.1.partial" not in left(cache)


class Many:
    """So many rows, which are in no memory: labels, or bytes."""

    columns: Mapping[str, Column] = {"label": Column("label"), "bytes": Column("bytes")}

    def __init__(self, count: int) -> None:
        self.count, self.digest = count, str(count)

    def __len__(self) -> int:
        return self.count

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        label = column == "label"
        return [str(row % 9) if label else row.to_bytes(8, "little") for row in rows]

    def where(self, row: int) -> str:
        return f"row {row}"


@pytest.mark.parametrize("column", Many.columns)
def test_memory_does_not_grow_with_the_number_of_rows(
    column: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((prepared, "BLOCK"), (distinct_rows, "BLOCK"), (checksums, "_BLOCK")):
        monkeypatch.setattr(module, name, 1 << 8)

    def most(rows: int) -> int:
        tracemalloc.start()
        try:
            prepare_column(Many(rows), column, lambda v: {"n": torch.zeros(len(v))}, "k")
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    most(1_000)
    few, many = 4_000, 20_000
    assert most(many) - most(few) < 2 * (many - few), "bytes; a number of a row has 8"


PROGRAM = """
import json, resource
import numpy as np, torch
from mmgan_core.contracts import Column
from mmgan_core.data.prepared import prepare_column

WIDE = 250_000

class Rows:
    columns = {"n": Column("n")}
    def __init__(self, count): self.count, self.digest = count, str(count)
    def __len__(self): return self.count
    def values(self, column, rows): return [bytes([row % 251]) for row in rows]
    def where(self, row): return str(row)

def most(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

def prepare(values):
    numbers = torch.tensor([v[0] for v in values], dtype=torch.uint8)
    return {"n": numbers[:, None].expand(-1, WIDE).contiguous()}

prepare_column(Rows(1), "n", prepare, "KEY", in_workers=False)  # imports what it needs
before = most()
column = prepare_column(Rows(1200), "n", prepare, "KEY", in_workers=False)
written = most()
rows = np.arange(0, 1200, 40)
batch = column.take(rows)["n"]
print(json.dumps({
    "size": column.tensors["n"].nbytes / 2**20,
    "growth": written - before,
    "reading": most() - written,
    "right": batch[:, WIDE // 2].tolist() == (rows % 251).tolist(),
}))
"""


def test_memory_does_not_grow_with_the_data(cache: Path) -> None:
    """And a cache that no other process can use is gone with its process."""
    program = PROGRAM.replace("KEY", "unknown-1")
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout.splitlines()[-1])
    assert found["right"]
    assert found["size"] > 280  # MB
    assert found["growth"] < 100
    assert found["reading"] < 60
    assert left(cache) == []
