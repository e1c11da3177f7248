"""Batches of rows that are read while training: which rows, bad ones, missing ones, and tests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from mmgan_core.assembly.gan import GAN
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.contracts import Column
from mmgan_core.data.feed import Feed, StreamedFeed, open_feed, open_splits
from mmgan_core.data.streamed_column import StreamedColumn
from mmgan_core.errors import BadValue, DataError
from mmgan_core.recipe.reading import check
from mmgan_core.training.networks import Networks

from .rows import parquet, recipe, shards

CPU = torch.device("cpu")


def opened(data: dict[str, Any], **changes: Any) -> tuple[StreamedFeed, Any, GAN]:
    data = {"streamed": {"window": 100, "test_rows": 40}, **data}
    raw = {**recipe(data), **changes}
    blueprint, source = open_recipe(check(raw, "small"))
    gan = Networks(blueprint).gan
    feed = open_feed(blueprint, gan, source, "train")
    assert isinstance(feed, StreamedFeed)
    return feed, blueprint, gan


def numbers(batch: Any) -> list[int]:
    """The last number of each row, which is the row's own."""
    return ((batch.real["x"][:, 3].double() + 1) / 2 * 100_000).round().int().tolist()  # type: ignore[no-any-return]


def writing(folder: Path, xs: Sequence[Any], labels: Sequence[Any]) -> str:
    folder.mkdir(parents=True)
    table = pa.table({"x": pa.array(xs, pa.list_(pa.float32())), "label": pa.array(labels)})
    pq.write_table(table, folder / "train.parquet", row_group_size=20)
    return f"parquet:{folder}"


@pytest.mark.parametrize("form", ["parquet", "folder"])
def test_batches_are_the_rows_of_the_order(tmp_path: Path, form: str) -> None:
    write = parquet if form == "parquet" else shards
    data = {"use": f"{form}:{write(tmp_path / 'rows', 400)}"}
    feed, _, _ = opened(data)
    assert len(feed) == 360
    epoch = [n for start in range(0, 360, 60) for n in numbers(feed.batch(0, start, 60, CPU))]
    assert len(set(epoch)) == 360
    assert [v[3] for v in feed.raw("x", feed.rows(0, 360))] == epoch  # type: ignore[index]
    labels = feed.raw("label", feed.rows(0, 360))
    assert labels == ["abcd"[n * 4 // 400] for n in epoch]
    assert numbers(feed.batch(1, 0, 60, CPU)) != epoch[:60], "another batch for the generator"
    # Neither what was asked before nor by which process matters.
    again, _, _ = opened(data)
    for start, count in ((300, 20), (30, 15), (45, 15), (0, 60), (350, 30)):
        wanted = (epoch + numbers(feed.batch(0, 360, 60, CPU)))[start : start + count]
        assert numbers(again.batch(0, start, count, CPU)) == wanted
    batch = again.batch(0, 0, 4, CPU)
    assert batch.meaning.tolist() == again.rows(0, 4)[0].tolist()
    assert batch.shown()["label"].all()


def test_what_means_the_same_is_said_by_a_column(tmp_path: Path) -> None:
    use = f"parquet:{parquet(tmp_path / 'rows', 400)}"
    feed, _, _ = opened({"use": use})
    feed._batches._same = "label"
    rows = feed.rows(0, 200)
    labels, meanings = feed.raw("label", rows), feed.meaning(rows).tolist()
    assert len(set(meanings)) == len(set(zip(meanings, labels, strict=True))) == 4
    codes = feed.different("label", rows).tolist()
    assert len(set(codes)) == len(set(zip(codes, labels, strict=True))) == 4


def test_rows_for_testing_are_few_and_never_trained_on(tmp_path: Path) -> None:
    use = f"parquet:{parquet(tmp_path / 'rows', 1000)}"
    feed, blueprint, gan = opened({"use": use})
    test, train = open_splits(blueprint, gan)
    assert type(test) is type(train) is Feed
    assert len(test) == 40, "of a tenth, as many as are allowed"
    tested = set(numbers(test.batch(0, 0, 40, CPU)))
    trained = set(numbers(feed.batch(0, 0, 960, CPU)))
    assert not tested & trained
    assert len(tested | trained) == 1000
    assert set(numbers(train.batch(0, 0, len(train), CPU))) <= trained
    parquet(tmp_path / "rows", 300, name="test")
    _, blueprint, gan = opened({"use": use})
    test, train = open_splits(blueprint, gan)
    assert (len(test), len(train)) == (40, 1000)


def test_measuring_takes_some_rows_of_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmgan_core.data.some_rows.MOST", 70)
    _, blueprint, gan = opened({"use": f"parquet:{parquet(tmp_path / 'rows', 1000)}"})
    assert [len(feed) for feed in open_splits(blueprint, gan)] == [40, 70]


def test_a_bad_row_gives_way_to_the_next_sample(tmp_path: Path) -> None:
    bad = {7, 50, 51, 52, 199}
    xs = [[0, 0, 0, n] if n not in bad else [0] for n in range(200)]
    use = writing(tmp_path / "rows", xs, ["a", "b"] * 100)
    feed, _, _ = opened({"use": use, "test_fraction": 0}, bad_rows=0.1)
    order = feed._orders[0].rows(0, 600)[0].tolist()
    whole = numbers(feed.batch(0, 0, 400, CPU))
    assert not bad & set(whole)
    for n, found in enumerate(whole):
        assert found == next(row for row in order[n:] if row not in bad)
    for start in range(390):
        assert numbers(feed.batch(0, start, 5, CPU)) == whole[start : start + 5]
    assert {row.row for row in feed.bad["x"]} == bad
    assert "train.parquet row 7" in next(row.where for row in feed.bad["x"] if row.row == 7)


def test_more_bad_rows_than_allowed_are_named(tmp_path: Path) -> None:
    xs = [[0, 0, 0, n] if n % 10 else [0] for n in range(200)]
    use = writing(tmp_path / "rows", xs, ["a", "b"] * 100)
    feed, _, _ = opened({"use": use, "test_fraction": 0}, bad_rows=0.02)
    said = r"rows that were read so far cannot be, bad_rows allows 2.0%:\n    .*row \d+0, x: "
    with pytest.raises(DataError, match=said):
        feed.batch(0, 0, 100, CPU)
    feed, _, _ = opened({"use": use, "test_fraction": 0}, bad_rows=0.2)
    assert len(numbers(feed.batch(0, 0, 400, CPU))) == 400
    feed, _, _ = opened({"use": use, "test_fraction": 0}, bad_rows=0)
    with pytest.raises(DataError, match="bad_rows allows 0"):
        feed.batch(0, 0, 100, CPU)


def test_nothing_that_can_be_read(tmp_path: Path) -> None:
    use = writing(tmp_path / "rows", [[0]] * 200, ["a", "b"] * 100)
    with pytest.raises(DataError, match="none of 180 rows of column 'x' can be read") as told:
        opened({"use": use})
    assert "train.parquet row 0" in (told.value.hint or "")


def test_missing_values_are_no_bad_rows_where_they_may_be(tmp_path: Path) -> None:
    xs = [[0, 0, 0, n] for n in range(200)]
    labels = [None if n % 3 else "ab"[n % 2] for n in range(200)]
    use = writing(tmp_path / "rows", xs, labels)
    raw = recipe({"use": use})
    given = {"label": {**raw["given"]["label"], "may_be_missing": True}}
    feed, _, _ = opened({"use": use, "test_fraction": 0}, given=given)
    batch = feed.batch(0, 0, 200, CPU)
    found = numbers(batch)
    assert len(set(found)) == 200
    present = [n % 3 == 0 for n in found]
    assert batch.present["label"].tolist() == present
    assert feed.bad == {"label": (), "x": ()}
    codes = batch.given["label"]
    for name, tensor in codes.items():
        having = tensor[torch.tensor(present)]
        assert torch.isin(tensor, having).all(), f"{name} is another row's, where it is missing"


class Held:
    digest = "held"

    def __init__(self, *values: object) -> None:
        self.held, self.columns = values, {"n": Column("n")}

    def __len__(self) -> int:
        return len(self.held)

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        return [self.held[row] for row in rows]

    def where(self, row: int) -> str:
        return f"row {row}"


def test_rows_of_another_shape_are_an_error() -> None:
    def prepare(values: Sequence[Any]) -> dict[str, torch.Tensor]:
        if "bad" in values:
            raise BadValue("no")
        return {"n": torch.zeros(len(values), max(map(int, values)))}

    column = StreamedColumn(Held(None, "bad", 2, 2, 3), "n", prepare, [0, 1, 2])
    arrays, reasons = column.read(np.array([2, 1, 0, 3]))
    assert arrays["n"].shape == (4, 2)
    assert reasons == {1: "no", 2: "the value is missing"}
    said = "column 'n', row 4 to row 4: 'n' is float32 (3,), but was float32 (2,) before"
    with pytest.raises(DataError, match=re.escape(said)):
        column.read(np.array([4]))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"only": {"label": "a"}}, "data.only needs to read every row"),
        ({"streamed": {"windw": 3}}, "windw"),
        ({"streamed": {"window": 0}}, "window"),
    ],
)
def test_what_streamed_data_cannot_have(tmp_path: Path, data: dict[str, Any], said: str) -> None:
    use = f"parquet:{parquet(tmp_path / 'rows', 40)}"
    with pytest.raises(Exception, match=said):
        opened({"use": use, **data})


def test_streamed_data_are_not_paired(tmp_path: Path) -> None:
    one = {"use": f"parquet:{parquet(tmp_path / 'rows', 40)}", "streamed": True}
    raw = recipe({"sources": [one, one], "pair_on": "label"})
    with pytest.raises(DataError, match="neither streamed data nor a mix can be paired"):
        open_recipe(check(raw, "small"))


def test_a_limit_takes_the_first_rows(tmp_path: Path) -> None:
    feed, _, _ = opened({"use": f"parquet:{parquet(tmp_path / 'rows', 400)}", "limit": 100})
    assert max(numbers(feed.batch(0, 0, 100, CPU))) < 120
    assert len(feed) == 100
