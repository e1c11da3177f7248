"""Batches: which rows, of which table, in which phase, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import mmgan_core.data.feed as feeding
from mmgan_core.contracts import DataSource, SampleSpace
from mmgan_core.data.feed import Batch, Feed, open_feed, open_splits
from mmgan_core.data.identity import identity
from mmgan_core.data.pairing import Pairing
from mmgan_core.data.prepared import PreparedColumn, prepare_column
from mmgan_core.errors import BadValue, DataError
from mmgan_core.options import Options
from tests.training.by_hand import Choice, Numbers, Rows, Scaled, drawn_up, part

CPU = torch.device("cpu")


class Tables(DataSource):
    """These tables, whatever the split."""

    def __init__(self, *tables: Rows, pair_on: str = "") -> None:
        super().__init__(Options())
        self.held, self._pair_on = list(tables), pair_on

    def tables(self, split: str) -> list[Any]:
        return self.held

    @property
    def pair_on(self) -> str:
        return self._pair_on


class Picky(Numbers):
    """Samples are ten times the number; negative ones cannot be read."""

    def prepare(self, values: Sequence[object]) -> Tensor:
        if any(float(value) < 0 for value in values):  # type: ignore[arg-type]
            raise BadValue("it is negative")
        return super().prepare(values)

    def to_sample(self, prepared: Tensor) -> Tensor:
        return 10 * prepared


class Pictures(Picky):
    memory_format = torch.channels_last

    @property
    def space(self) -> SampleSpace:
        return SampleSpace("picture", (2, 3, 3))

    def to_sample(self, prepared: Tensor) -> Tensor:
        return prepared[:, :, None, None].expand(-1, 2, 3, 3).contiguous()


class Odd(Scaled):
    """Prepares in its own way, in this process alone."""

    in_workers = False

    def prepare(self, values: Sequence[object]) -> dict[str, Tensor]:
        numbers = self.modality.prepare(values)
        return {"prepared": numbers, "twice": 2 * numbers}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))


def opened(source: Tables, *, modality: Any = Picky, split: str = "train", **chosen: Any) -> Feed:
    """The feed of a GAN that is given ``a`` and makes ``x``."""
    blueprint = drawn_up(Choice(**chosen))
    made = part(modality)
    given = {
        name: replace(one, modality=made, encoder=part(Odd))
        for name, one in blueprint.given.items()
    }
    make = {name: replace(one, column=name, modality=made) for name, one in blueprint.make.items()}
    modalities = {name: made.build() for name in (*given, *make)}
    blueprint = replace(blueprint, given=given, make=make, modalities=modalities)
    return open_feed(blueprint, blueprint.build(), source, split)


def numbers(tensor: Tensor) -> list[float]:
    return tensor[:, 0].tolist()


ONE = Tables(Rows(a=[0.0, 1.0, 2.0, 3.0], x=[4.0, 5.0, 6.0, 7.0]))


def test_a_batch_holds_the_rows_of_its_place_in_the_stream_of_its_phase() -> None:
    """The seeds of the two streams are twice the recipe's, and one more."""
    feed = opened(ONE, recipe={"seed": 3})
    assert len(feed) == 4
    for phase in (0, 1):
        pairing = Pairing([np.zeros(4, dtype="U1")], [np.arange(4)], 2 * 3 + phase)
        for start, count in ((0, 4), (1, 2), (3, 6)):
            rows = pairing.rows(start, count)[0]
            batch = feed.batch(phase, start, count, CPU)
            assert numbers(batch.given["a"]["prepared"]) == rows.tolist()
            assert numbers(batch.given["a"]["twice"]) == (2 * rows).tolist()
            assert numbers(batch.real["x"]) == (10 * (rows + 4)).tolist()
            assert batch.meaning.tolist() == rows.tolist()
    assert isinstance(batch, Batch)
    assert feed.rows(1, 2)[0].tolist() == feed.batch(0, 1, 2, CPU).meaning.tolist()


def test_the_phases_see_other_batches() -> None:
    feed = opened(ONE)
    streams = [feed.batch(phase, 0, 40, CPU).meaning.tolist() for phase in (0, 1)]
    assert streams[0] != streams[1]


def test_pictures_lie_channels_last() -> None:
    feed = opened(ONE)
    feed._modalities = {"x": part(Pictures).build()}
    real = feed.batch(0, 0, 4, CPU).real["x"]
    assert real.shape == (4, 2, 3, 3)
    assert real.is_contiguous(memory_format=torch.channels_last)


def test_each_entry_is_kept_by_all_that_prepares_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key in the cache, and whether it may be prepared in other processes."""
    asked: list[tuple[str, str, bool]] = []

    def noting(table: Any, column: str, prepare: Any, key: str, *, in_workers: bool = True) -> Any:
        asked.append((column, key, in_workers))
        return prepare_column(table, column, prepare, key, in_workers=False)

    monkeypatch.setattr(feeding, "prepare_column", noting)
    opened(ONE)
    version, picky = part(Odd).spec.version, Picky(Options())
    modality = f"by-hand/picky@{version}{identity(picky)}"
    encoder = f"by-hand/odd@{version}{identity(Odd(Options(), picky))}"
    assert asked == [("a", f"{encoder}|{modality}", False), ("x", modality, True)]


@pytest.mark.parametrize("tables", [[Rows(a=[], x=[])], [Rows(a=[], k=[]), Rows(x=[], k=[])]])
def test_a_split_without_rows_is_refused(tables: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = PreparedColumn({}, np.zeros(0, dtype=np.int64), ())
    monkeypatch.setattr(feeding, "prepare_column", lambda *parts, **how: nothing)
    said = "the empty split has no rows" if len(tables) == 1 else "the tables share no value"
    with pytest.raises(DataError, match=said):
        opened(Tables(*tables, pair_on="k"), split="empty")


def test_both_splits_of_a_recipe_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    blueprint, gan = drawn_up(Choice()), object()

    def source(chosen: Any) -> str:
        assert chosen == blueprint.recipe.data.model_dump()
        assert isinstance(chosen, dict)
        return "source"

    def noting(*parts: Any, complete: bool, measuring: bool) -> str:
        assert complete == (parts[-1] == "test")
        assert measuring, "of a table that is streamed, some rows must do"
        asked.append(parts)
        return str(parts[-1])

    monkeypatch.setattr(feeding, "open_source", source)
    monkeypatch.setattr(feeding, "open_feed", noting)
    assert open_splits(blueprint, gan) == ("test", "train")  # type: ignore[arg-type, comparison-overlap]
    assert asked == [(blueprint, gan, "source", split) for split in ("test", "train")]


def test_raw_values_are_those_of_the_table() -> None:
    feed = opened(ONE)
    assert feed.raw("a", [np.array([2, 0])]) == [2.0, 0.0]
    assert feed.raw("x", [np.array([2, 0])]) == [6.0, 4.0]


def test_given_values_are_told_apart_by_what_is_prepared_of_them() -> None:
    """Numbers are not text: every row has a prepared value of its own, though some are equal."""
    feed = opened(Tables(Rows(a=[3.0, 1.0, 3, 2.0, 1.0], x=[4.0] * 5)))
    rows = [np.array([0, 1, 2, 4, 3])]
    assert feed.different("a", rows).tolist() == [0, 1, 0, 1, 2]
    assert feed.different("a", [rows[0][:0]]).tolist() == []


def test_a_row_is_left_out_where_any_entry_cannot_be_read() -> None:
    source = Tables(Rows(a=[0.0, -1.0, 2.0, 3.0, 4.0], x=[4.0, 5.0, -6.0, 7.0, 8.0]))
    feed = opened(source, recipe={"bad_rows": 0.4})
    assert len(feed) == 3
    assert set(feed.batch(0, 0, 30, CPU).meaning.tolist()) == {0, 3, 4}
    assert {name: [row.row for row in rows] for name, rows in feed.bad.items()} == {
        "a": [1],
        "x": [2],
    }
    batch = feed.batch(0, 0, 30, CPU)
    assert set(
        zip(numbers(batch.given["a"]["prepared"]), numbers(batch.real["x"]), strict=True)
    ) == {(0, 40), (3, 70), (4, 80)}


def test_too_many_bad_rows_are_refused_and_shown() -> None:
    """8 of 10 is over 79 %; each is shown once, and no more than five."""
    values = [-1.0] * 8 + [1.0, 1.0]
    with pytest.raises(DataError) as told:
        opened(Tables(Rows(a=values, x=values)), recipe={"bad_rows": 0.79})
    message = str(told.value)
    assert "8 of 10 rows cannot be read, bad_rows allows 79.0%" in message
    assert [line.strip() for line in message.splitlines()[1:6]] == [
        f"row {row}, a: it is negative" for row in range(5)
    ]
    assert "row 5" not in message
    assert len(opened(Tables(Rows(a=values, x=values)), recipe={"bad_rows": 0.8})) == 2


@pytest.mark.parametrize(
    ("bad", "allowed", "refused"),
    [
        (1, 0.01, False),  # one of ten is over 1 %, but it is one alone
        (2, 0.01, True),
        (1, 0.0, True),  # none at all
        (0, 0.0, False),
        (2, 0.2, False),
    ],
)
def test_one_bad_row_does_not_stop_the_others(bad: int, allowed: float, refused: bool) -> None:
    values = [-1.0] * bad + [1.0] * (10 - bad)
    tables = Tables(Rows(a=[float(n) for n in range(10)], x=values))
    if not refused:
        assert len(opened(tables, recipe={"bad_rows": allowed})) == 10 - bad
        return
    with pytest.raises(DataError, match=f"{bad} of 10 rows cannot be read") as told:
        opened(tables, recipe={"bad_rows": allowed})
    assert str(told.value.hint).endswith(f"--set bad_rows={bad / 10}")


def test_of_one_bad_row_alone_nothing_can_be_learned() -> None:
    with pytest.raises(DataError):
        opened(Tables(Rows(a=[1.0, -1.0], x=[-1.0, 1.0])), recipe={"bad_rows": 0.01})


# Several tables

PAIRED = Tables(
    Rows(a=[0.0, 1.0, 2.0, 3.0], key=["p", "q", "p", "r"]),
    Rows(x=[4.0, 5.0, 6.0, -1.0], key=["q", "p", "s", "q"]),
    pair_on="key",
)


def test_tables_are_joined_where_both_have_the_key_and_can_be_read() -> None:
    """p: 0 or 2 with 5; q: 1 with 4, since the other cannot be read; r and s have no partner."""
    feed = opened(PAIRED, recipe={"bad_rows": 0.25})
    assert len(feed) == 3
    batch = feed.batch(0, 0, 60, CPU)
    found = set(zip(numbers(batch.given["a"]["prepared"]), numbers(batch.real["x"]), strict=True))
    assert found == {(0, 50), (2, 50), (1, 40)}
    # What means the same has the same key: p is 0 and q is 1 of p, q, r.
    meant = dict(zip(numbers(batch.given["a"]["prepared"]), batch.meaning.tolist(), strict=True))
    assert meant == {0: 0, 2: 0, 1: 1}
    rows = feed.rows(0, 3)
    assert feed.raw("x", rows) == [[4.0, 5.0, 6.0][row] for row in rows[1]]


def test_keys_and_meanings_are_compared_as_text() -> None:
    """Whole numbers, and one that is missing."""
    keys: list[Any] = [1, None, 2]
    source = Tables(
        Rows(a=[0.0, 1.0, 2.0], key=keys), Rows(x=[5.0, 6.0, 7.0], key=keys), pair_on="key"
    )
    batch = opened(source).batch(0, 0, 3, CPU)
    found = zip(numbers(batch.given["a"]["prepared"]), numbers(batch.real["x"]), strict=True)
    assert set(found) == {(0, 50), (1, 60), (2, 70)}
    assert batch.meaning.dtype == torch.int64


def test_tables_that_share_no_key_are_refused() -> None:
    source = Tables(Rows(a=[0.0], key=["p"]), Rows(x=[1.0], key=["q"]), pair_on="key")
    with pytest.raises(DataError, match="the tables share no value of 'key'") as told:
        opened(source)
    assert told.value.hint is not None
    assert "the values are p, q;" in told.value.hint


def test_what_means_the_same_may_be_another_column() -> None:
    source = Tables(
        Rows(a=[0.0, 1.0, 2.0], b=[0.0, 1.0, 2.0], x=[4.0, 5.0, 6.0], word=["two", "one", "two"])
    )
    feed = opened(source, given=("a", "b"), recipe={"align": {"use": "x/y", "same": "word"}})
    batch = feed.batch(0, 0, 9, CPU)
    meant = dict(zip(numbers(batch.given["a"]["prepared"]), batch.meaning.tolist(), strict=True))
    assert meant == {0: 1, 1: 0, 2: 1}
    feed = opened(source, given=("a", "b"), recipe={"align": "x/y"})
    assert sorted(feed.batch(0, 0, 3, CPU).meaning.tolist()) == [0, 1, 2]


def test_columns_are_prepared_anew_where_their_preparing_is_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert sorted(numbers(opened(ONE).batch(0, 0, 4, CPU).real["x"])) == [40, 50, 60, 70]
    kept = Picky.prepare
    with monkeypatch.context() as patch:
        patch.setattr(Picky, "prepare", lambda self, values: 1 + kept(self, values))
        assert sorted(numbers(opened(ONE).batch(0, 0, 4, CPU).real["x"])) == [50, 60, 70, 80]
    assert sorted(numbers(opened(ONE).batch(0, 0, 4, CPU).real["x"])) == [40, 50, 60, 70]


def test_files_that_prepare_reads_decide_too(monkeypatch: pytest.MonkeyPatch) -> None:
    before = identity(Picky(Options()))
    monkeypatch.setattr(Picky, "fingerprint", lambda self: "other weights")
    one = identity(Picky(Options()))
    monkeypatch.setattr(Picky, "fingerprint", lambda self: "third weights")
    assert len({before, one, identity(Picky(Options()))}) == 3
