"""Sources mixed in a proportion: read while training, or prepared before it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mmgan_core.assembly.given_data import is_section
from mmgan_core.assembly.opening import open_recipe, open_source
from mmgan_core.data.feed import open_feed, open_splits
from mmgan_core.errors import DataError, RecipeError
from mmgan_core.recipe.reading import check
from mmgan_core.runs.read_off import without_places
from mmgan_core.training.networks import Networks

from .rows import parquet, recipe, shards

CPU = torch.device("cpu")


def mixed(folder: Path, *, streamed: bool, weights: tuple[int, int] = (3, 1)) -> dict[str, Any]:
    """Rows 0 to 199 of one source, and 1,000 to 1,049 of the other, told apart by their tables."""
    many, few = folder / "many", folder / "few"
    if not many.exists():
        parquet(many, 200)
        parquet(few, 50)
    return {
        "mix": [
            {"use": f"parquet:{many}", "streamed": streamed, "weight": weights[0]},
            {"use": f"parquet:{few}", "streamed": streamed, "weight": weights[1]},
        ]
    }


def feed_of(data: dict[str, Any]) -> Any:
    blueprint, source = open_recipe(check(recipe(data), "small"))
    return open_feed(blueprint, Networks(blueprint).gan, source, "train")


@pytest.mark.parametrize("streamed", [True, False])
def test_training_takes_each_source_by_its_weight(tmp_path: Path, streamed: bool) -> None:
    feed = feed_of(mixed(tmp_path, streamed=streamed))
    first = len(feed.tables[0]._tables[0])
    whole = feed.rows(0, 800)[0]
    for start in range(0, 800, 4):
        assert (whole[start : start + 4] < first).sum() == 3
    small = whole[whole >= first]
    size = len(feed.tables[0]) - first
    for start in range(0, len(small) - size, size):
        assert len(set(small[start : start + size].tolist())) == size, "each row before any again"
    again = feed_of(mixed(tmp_path, streamed=streamed))
    for start in (700, 33, 5):
        assert again.rows(start, 40)[0].tolist() == whole[start : start + 40].tolist()
        one, other = (f.batch(0, start, 40, CPU).real["x"] for f in (feed, again))
        assert torch.equal(one, other)
    raw = [value[3] for value in feed.raw("x", [whole[:40]])]
    shown = (feed.batch(0, 0, 40, CPU).real["x"][:, 3].double() + 1) / 2 * 100_000
    assert shown.round().tolist() == raw


@pytest.mark.parametrize("streamed", [True, False])
def test_rows_for_testing_have_the_same_proportion(tmp_path: Path, streamed: bool) -> None:
    data = mixed(tmp_path, streamed=streamed, weights=(2, 1))
    blueprint, _ = open_recipe(check(recipe(data), "small"))
    test, train = open_splits(blueprint, Networks(blueprint).gan)
    (table,) = test.tables
    sizes = np.diff(table._starts)  # type: ignore[attr-defined]
    assert sizes[0] == 2 * sizes[1] == len(test) * 2 // 3
    assert len(train.tables[0]) > len(table)
    assert {table.where(0).rsplit("/", 2)[1], table.where(len(table) - 1).rsplit("/", 2)[1]} == {
        "many",
        "few",
    }


def test_a_short_source_is_gone_through_more_often(tmp_path: Path) -> None:
    feed = feed_of(mixed(tmp_path, streamed=True, weights=(1, 1)))
    assert len(feed) == 2 * len(feed.tables[0]._tables[1])


@pytest.mark.parametrize("weight", [0, 1.5, True, "2", 1001, None])
def test_a_weight_is_a_whole_number(tmp_path: Path, weight: object) -> None:
    data = mixed(tmp_path, streamed=True)
    data["mix"][0]["weight"] = weight
    with pytest.raises(RecipeError, match="weight is a whole number from 1 to 1,000"):
        open_source(check(recipe(data), "small").data.model_dump())


def test_sources_that_do_not_fit(tmp_path: Path) -> None:
    one, other = mixed(tmp_path, streamed=True)["mix"]
    with pytest.raises(RecipeError, match="mix"):
        open_source({"use": "core/mixed", "mix": [one]})
    with pytest.raises(DataError, match="some sources are streamed"):
        feed_of({"mix": [one, {**other, "streamed": False}]})
    with pytest.raises(DataError, match="source 0 and source 1 differ in their columns: label"):
        feed_of({"mix": [one, {**other, "columns": {"x": "x"}}]})
    swapped = {**other, "columns": {"x": "label", "label": "x"}}
    with pytest.raises(DataError, match="the column 'x' is 'vector' here and"):
        feed_of({"mix": [one, swapped]})
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"data\.mix\.1: .*no training split"):
        feed_of({"mix": [one, {"use": f"parquet:{tmp_path / 'empty'}", "streamed": True}]})
    with pytest.raises(RecipeError, match=r"data\.mix"):
        feed_of({"mix": [one, {"use": "nothing:x"}]})
    with pytest.raises(DataError, match="of several sources itself"):
        feed_of({"mix": [one, {"use": "core/mixed", "mix": [one, other]}]})


def test_sources_of_other_kinds_are_mixed(tmp_path: Path) -> None:
    """A tar and Parquet files, with other names of labels."""
    one = {"use": f"parquet:{parquet(tmp_path / 'p', 100)}", "streamed": True}
    renamed = {"names": {"label": ["c", "d", "e", "f"]}}
    other = {"use": f"folder:{shards(tmp_path / 't', 100)}", "streamed": True, **renamed}
    feed = feed_of({"mix": [one, other]})
    assert feed.tables[0].columns["label"].names == ("a", "b", "c", "d", "e", "f")
    assert set(feed.raw("label", feed.rows(0, 180))) == set("abcdef")


def test_a_mix_is_a_section_whose_data_may_move() -> None:
    data = {"mix": [{"use": "parquet:here", "weight": 2}, "folder:there"]}
    assert is_section(data)
    assert without_places(data) == {"mix": [{"use": "parquet", "weight": 2}, "folder"]}
