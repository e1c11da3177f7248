"""Columns decoded once, and rows that cannot be."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from mmgan_core.contracts import Column
from mmgan_core.data import prepared
from mmgan_core.data.prepared import prepare_column
from mmgan_core.errors import BadValue, DataError
from mmgan_core.foundation.files import cache_directory


class Words:
    """A table of one column."""

    def __init__(self, values: Sequence[object], digest: str = "d") -> None:
        self._values, self.digest = values, digest
        self.columns: Mapping[str, Column] = {"word": Column("word")}

    def __len__(self) -> int:
        return len(self._values)

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        return [self._values[row] for row in rows]

    def where(self, row: int) -> str:
        return f"words.txt:{row + 1}"


class Lengths:
    """Counts what it is asked; 'bad' cannot be read."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    def __call__(self, values: Sequence[object]) -> dict[str, torch.Tensor]:
        if any(value in ("bad", b"bad") for value in values):
            raise BadValue("it is bad")
        self.seen += values
        return {"length": torch.tensor([len(value) for value in values])}  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_values_come_back_by_row() -> None:
    column = prepare_column(Words(["a", "bbb", "cc"]), "word", Lengths(), "k")
    found = column.take(np.array([2, 0, 1, 1]))
    assert set(found) == {"length"}, "the tensors alone"
    assert found["length"].tolist() == [2, 1, 3, 3]


def test_equal_strings_are_prepared_once() -> None:
    lengths = Lengths()
    column = prepare_column(Words(["a", "bbb"] * 500), "word", lengths, "k")
    assert lengths.seen == ["a", "bbb"]
    assert column.take(np.array([0, 999]))["length"].tolist() == [1, 3]


def test_the_second_time_nothing_is_prepared() -> None:
    prepare_column(Words(["a", "b"]), "word", Lengths(), "k")
    again = Lengths()
    prepare_column(Words(["a", "b"]), "word", again, "k")
    assert again.seen == []


@pytest.mark.parametrize("change", [{"key": "other"}, {"digest": "other"}])
def test_other_options_or_other_content_are_prepared_again(change: dict[str, str]) -> None:
    prepare_column(Words(["a", "b"]), "word", Lengths(), "k")
    again = Lengths()
    prepare_column(
        Words(["a", "b"], change.get("digest", "d")), "word", again, change.get("key", "k")
    )
    assert again.seen == ["a", "b"]


@pytest.mark.parametrize("kind", [str, str.encode])
def test_a_bad_value_affects_only_its_rows(kind) -> None:
    values = [kind(text) for text in ["a", "bad", "ccc", "bad", "dd"] * 40]
    column = prepare_column(Words(values), "word", Lengths(), "k")
    good = np.array([row for row in range(200) if row % 5 in (0, 2, 4)])
    expected = [[1, 3, 2][k] for k in range(3)] * 40
    assert column.take(good)["length"].tolist() == expected
    assert [bad.row for bad in column.bad] == [row for row in range(200) if row % 5 in (1, 3)]
    assert column.bad[0].where == "words.txt:2"
    assert column.bad[0].reason == "it is bad"


def test_a_missing_value_is_a_bad_value() -> None:
    column = prepare_column(Words([b"a", None]), "word", Lengths(), "k")
    assert [bad.reason for bad in column.bad] == ["the value is missing"]


def test_nothing_readable() -> None:
    with pytest.raises(DataError, match=r"words.txt:1: it is bad"):
        prepare_column(Words(["bad"]), "word", Lengths(), "k")


def test_an_unwritable_cache(cache: Path) -> None:
    cache.write_text("a file is in the way")
    with pytest.raises(DataError, match="MMGAN_CACHE"):
        prepare_column(Words(["a"]), "word", Lengths(), "k")


def test_workers_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [str(number).encode() for number in range(prepared.CHUNK * 6)]
    monkeypatch.setattr(prepared.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(prepared, "WORTH_A_WORKER", 0.0)
    column = prepare_column(Words(values), "word", Lengths(), "k")
    assert column.take(np.arange(len(values)))["length"].tolist() == [len(v) for v in values]


def test_the_first_of_two_processes_wins(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table, process = Words(["a", "bb"]), os.getpid()

    class Late(Lengths):
        """While it prepares, another process is done."""

        def __call__(self, values: Sequence[object]) -> dict[str, torch.Tensor]:
            monkeypatch.setattr(os, "getpid", lambda: process + 1)
            prepare_column(table, "word", Lengths(), "k")
            monkeypatch.setattr(os, "getpid", lambda: process)
            return {"length": torch.tensor([7, 7])}

    column = prepare_column(table, "word", Late(), "k")
    assert column.tensors["length"].tolist() == [1, 2]
    assert len(list((cache / "prepared").iterdir())) == 1, "nothing half-written"


def test_an_incomplete_column_is_prepared_again() -> None:
    table = Words(["a", "bb"])
    prepare_column(table, "word", Lengths(), "k")
    for file in cache_directory().rglob("column.json"):
        file.unlink()
    again = prepare_column(table, "word", Lengths(), "k")
    assert again.take(np.arange(2))["length"].tolist() == [1, 2]
