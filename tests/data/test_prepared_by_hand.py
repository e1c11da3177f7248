"""Prepared columns: which value a row is, in which chunk, and what lies on disk."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import mmgan_core.data.prepared as prepared
from mmgan_core.contracts import Column
from mmgan_core.data.distinct_rows import DistinctValues
from mmgan_core.data.prepared import CHUNK, BadRow, PreparedColumn, cache_directory, prepare_column
from mmgan_core.errors import BadValue, DataError


class Numbers:
    """A table of numbers, or of texts."""

    def __init__(self, values: Sequence[object], digest: str = "d") -> None:
        self._values, self.digest = values, digest
        self.columns: Mapping[str, Column] = {"n": Column("n"), "m": Column("m")}
        self.asked: list[list[int]] = []

    def __len__(self) -> int:
        return len(self._values)

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        self.asked.append(list(rows))
        return [self._values[row] for row in rows]

    def where(self, row: int) -> str:
        return f"row {row}"


class Squares:
    """Squares and doubles; what is over 900 cannot be read. It notes the sizes of its calls."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def __call__(self, values: Sequence[object]) -> dict[str, torch.Tensor]:
        numbers = torch.tensor([int(value) for value in values])  # type: ignore[call-overload]
        self.sizes.append(len(values))
        if (numbers > 900).any():
            raise BadValue(f"{numbers.max().item()} is too large")
        return {"square": numbers**2, "double": torch.stack([numbers, numbers], 1)}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def column(values: Sequence[object], **more: Any) -> tuple[PreparedColumn, Squares]:
    squares = Squares()
    return prepare_column(Numbers(values), "n", squares, "k", **more), squares


def test_a_row_takes_the_tensors_of_its_value() -> None:
    """Texts repeat: 3, 5 and 7 are prepared once each."""
    found, squares = column(["3", "5", "3", "7", "5"])
    assert squares.sizes == [3]
    assert found.index.tolist() == [0, 1, 0, 2, 1]
    assert found.tensors["square"].tolist() == [9, 25, 49]
    assert found.take(np.array([4, 0, 3]))["square"].tolist() == [25, 9, 49]
    assert found.take(np.array([3, 3]))["double"].tolist() == [[7, 7], [7, 7]]
    assert found.bad == ()


def test_what_is_no_text_is_taken_as_it_comes() -> None:
    found, squares = column([3, 5, 3])
    assert squares.sizes == [3]
    assert found.index.tolist() == [0, 1, 2]
    assert found.tensors["square"].tolist() == [9, 25, 9]


@pytest.mark.parametrize("kind", [int, str])
def test_rows_after_a_bad_one_move_up(kind: Any) -> None:
    values = [kind(n) for n in (3, 999, 5, 1_000, 7)]
    found, squares = column(values)
    assert squares.sizes == [5, 1, 1, 1, 1, 1], "all at once, and then one by one"
    assert found.index.tolist() == [0, -1, 1, -1, 2]
    assert found.tensors["square"].tolist() == [9, 25, 49]
    assert found.bad == (
        BadRow(1, "row 1", "999 is too large"),
        BadRow(3, "row 3", "1000 is too large"),
    )


def test_every_row_of_a_bad_text_is_bad() -> None:
    found, _ = column(["999", "3", "999"])
    assert found.index.tolist() == [-1, 0, -1]
    assert [(bad.row, bad.where) for bad in found.bad] == [(0, "row 0"), (2, "row 2")]


def test_values_come_in_chunks_and_a_bad_one_costs_its_chunk_alone() -> None:
    values = list(range(2 * CHUNK + 3))
    found, squares = column(values)
    assert squares.sizes == [CHUNK, CHUNK, 3]
    assert found.tensors["square"].tolist() == [n * n for n in values]
    bad = CHUNK + 2
    values[bad] = 999
    prepare = Squares()
    found = prepare_column(Numbers(values, "other"), "n", prepare, "k")
    assert prepare.sizes == [CHUNK, CHUNK, *[1] * CHUNK, 3]
    assert [row.row for row in found.bad] == [bad]
    assert found.index.tolist() == [*range(bad), -1, *range(bad, len(values) - 1)]
    assert found.tensors["square"].tolist() == [n * n for n in values if n != 999]


def test_a_missing_value_is_bad() -> None:
    found, squares = column([3, None, 5])
    assert squares.sizes == [1, 1]
    assert [(bad.row, bad.reason) for bad in found.bad] == [(1, "the value is missing")]
    assert found.index.tolist() == [0, -1, 1]


def test_a_reason_need_not_be_text_that_can_be_written() -> None:
    def prepare(values: Sequence[object]) -> dict[str, torch.Tensor]:
        if len(values) > 1 or values[0] == 999:
            raise BadValue("caf\udce9.png")
        return {"n": torch.zeros(1)}

    found = prepare_column(Numbers([3, 999]), "n", prepare, "k")
    assert found.bad[0].reason == "caf?.png"


def test_nothing_readable_and_nothing_at_all_are_refused(cache: Path) -> None:
    with pytest.raises(DataError, match="no row of column 'n' can be read") as told:
        column([999])
    assert told.value.hint == "the first: row 0: 999 is too large"
    with pytest.raises(DataError, match="no row of column 'n' can be read") as told:
        column([])
    assert told.value.hint == "it is empty"
    assert not list(cache.rglob("column.json"))


def test_it_is_read_from_the_cache_where_all_that_decides_it_is_the_same() -> None:
    column([3, 5])
    for table, name, key, anew in (
        (Numbers([3, 5]), "n", "k", False),
        (Numbers([3, 5], "other"), "n", "k", True),
        (Numbers([3, 5]), "m", "k", True),
        (Numbers([3, 5]), "n", "other", True),
    ):
        squares = Squares()
        found = prepare_column(table, name, squares, key)
        assert bool(squares.sizes) is anew
        assert found.take(np.array([1]))["square"].tolist() == [25]


def test_bad_rows_are_read_from_the_cache_too() -> None:
    first, _ = column([3, 999])
    second, squares = column([3, 999])
    assert squares.sizes == []
    assert second.bad == first.bad
    assert second.index.tolist() == [0, -1]
    assert isinstance(second.tensors["square"], np.memmap), "not in memory"
    assert second.tensors["square"].mode == "r"


def test_it_lies_in_a_folder_of_its_own(cache: Path) -> None:
    column([3, 999])
    (folder,) = (cache / "prepared").iterdir()
    assert len(folder.name) == 32
    names = {file.name for file in folder.iterdir()}
    assert names == {"column.json", "index.npy", "t.square.npy", "t.double.npy"}
    told = json.loads((folder / "column.json").read_text())
    assert told["bad"] == [{"row": 1, "where": "row 1", "reason": "999 is too large"}]
    assert set(told["files"]) == names - {"column.json"}


def test_what_was_cut_off_is_written_anew(cache: Path) -> None:
    column([3, 5])
    (folder,) = (cache / "prepared").iterdir()
    (folder / "column.json").unlink()
    (folder / "t.square.npy").write_bytes(b"cut off")
    found, squares = column([3, 5])
    assert squares.sizes == [2]
    assert found.tensors["square"].tolist() == [9, 25]
    assert [path.name for path in (cache / "prepared").iterdir()] == [folder.name]


def test_a_cache_that_cannot_be_written_is_named(cache: Path) -> None:
    cache.write_text("a file is in the way")
    with pytest.raises(DataError, match=f"the cache {cache}/prepared cannot be written: Not a dir"):
        column([3])


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    assert cache_directory() == cache
    monkeypatch.setenv("MMGAN_CACHE", "")
    assert cache_directory().name == "mmgan-zoo"
    monkeypatch.delenv("MMGAN_CACHE")
    assert cache_directory().name == "mmgan-zoo"


# In several processes


class Loader:
    """In the place of torch's: in order, in this process; it notes what it was told."""

    told: dict[str, Any]

    def __init__(self, chunks: Any, **told: Any) -> None:
        type(self).augmentation_parameters = told
        self.chunks = chunks

    def __iter__(self) -> Any:
        return (
            self.augmentation_parameters["collate_fn"](self.chunks[k])
            for k in self.augmentation_parameters["sampler"]
        )


def ran(
    monkeypatch: pytest.MonkeyPatch, seconds: float, cores: int, chunks: int, **more: Any
) -> int | None:
    """How many workers prepare the rest, where the first four chunks take so long each."""
    clock = iter([100.0, 100.0 + seconds * min(4, chunks)])
    monkeypatch.setattr(prepared.time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(prepared, "_cores", lambda: cores)
    monkeypatch.setattr(prepared, "DataLoader", Loader)
    Loader.augmentation_parameters = {}
    values = list(range(chunks * CHUNK))
    squares = Squares()
    run = prepared._run(prepared._Chunks(values, squares), more.get("in_workers", True))
    good = [arrays["square"].tolist() for found, _ in run for arrays in found if arrays]
    assert good == [[n * n for n in values[k : k + CHUNK]] for k in range(0, len(values), CHUNK)]
    if not Loader.augmentation_parameters:
        return None
    assert Loader.augmentation_parameters["sampler"] == range(4, chunks)
    assert Loader.augmentation_parameters["batch_size"] is None
    assert Loader.augmentation_parameters["multiprocessing_context"] == "spawn"
    return int(Loader.augmentation_parameters["num_workers"])


@pytest.mark.parametrize(
    ("seconds", "cores", "chunks", "workers"),
    [
        (10.0, 4, 6, 4),  # two chunks are left: 20 s
        (9.9, 4, 6, None),
        (10.0, 2, 6, 2),
        (10.0, 1, 6, None),
        (10.0, 32, 6, 8),
        (99.0, 4, 4, None),  # none is left
        (99.0, 4, 2, None),
        (99.0, 4, 0, None),
    ],
)
def test_workers_help_where_the_rest_takes_long(
    monkeypatch: pytest.MonkeyPatch, seconds: float, cores: int, chunks: int, workers: int | None
) -> None:
    assert ran(monkeypatch, seconds, cores, chunks) == workers
    assert ran(monkeypatch, seconds, cores, chunks, in_workers=False) is None


def test_cores_are_those_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 5, 7}, raising=False)
    assert prepared._cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert prepared._cores() == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert prepared._cores() == 1


def test_progress_counts_values(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []

    class Bar:
        def __init__(self, what: str, total: int) -> None:
            told.append((what, total))

        def __enter__(self) -> Any:
            return told.append

        def __exit__(self, *error: object) -> None:
            told.append("end")

    monkeypatch.setattr(prepared, "progress", Bar)
    column(list(range(CHUNK + 1)))
    assert told == [("preparing n", CHUNK + 1), CHUNK, CHUNK, "end"]


def test_values_are_read_when_they_are_wanted(tmp_path: Path) -> None:
    table = Numbers([3, 5, 7])
    values = DistinctValues(table, "n", tmp_path)
    assert table.asked == [[0]], "to know whether they are strings"
    assert values[1] == 5
    assert values[1:] == [5, 7]
    assert table.asked[1:] == [[1], [1, 2]]
    assert len(values) == 3
