"""Given values that may be missing: such a row counts as one in which the entry is not given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from mmgan_core.data.feed import Batch, Feed
from mmgan_core.errors import DataError, RecipeError
from tests.data.test_feed_by_hand import CPU, Tables, numbers, opened
from tests.training.by_hand import Choice, Rows, drawn_up

HALF = Tables(Rows(a=[0.0, None, None, 3.0], x=[4.0, 5.0, 6.0, 7.0]))
MAY_BE = {"given": {"a": {"encoder": "by-hand/scaled", "may_be_missing": True}}}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))


def may_lack(source: Tables = HALF, **recipe: Any) -> Feed:
    return opened(source, recipe={**MAY_BE, **recipe})


def present_of(batch: Batch) -> dict[float, bool]:
    """Whether a row has a value, by what it is to make."""
    return dict(zip(numbers(batch.real["x"]), batch.present["a"].tolist(), strict=True))


def test_by_default_a_missing_value_is_an_error() -> None:
    with pytest.raises(DataError, match="2 of 4 rows cannot be read"):
        opened(HALF)


def test_rows_without_a_value_are_trained_on_and_marked() -> None:
    feed = may_lack()
    assert len(feed) == 4
    batch = feed.batch(0, 0, 4, CPU)
    assert present_of(batch) == {40: True, 50: False, 60: False, 70: True}
    given = dict(zip(numbers(batch.real["x"]), numbers(batch.given["a"]["prepared"]), strict=True))
    assert (given[40], given[70]) == (0, 3)
    assert {given[50], given[60]} == {0, 3}, "real values of several rows"
    assert feed.bad == {"a": (), "x": ()}, "nothing to warn of"
    assert batch.shown()["a"].tolist() == batch.present["a"].tolist()


def test_an_unused_switch_changes_no_batch() -> None:
    full = Tables(Rows(a=[0.0, 1.0, 2.0, 3.0], x=[4.0, 5.0, 6.0, 7.0]))
    plain, switched = opened(full).batch(0, 0, 4, CPU), may_lack(full).batch(0, 0, 4, CPU)
    assert plain.present == {}
    assert plain.shown()["a"].all()
    assert torch.equal(plain.given["a"]["prepared"], switched.given["a"]["prepared"])
    assert switched.present["a"].all()


def test_a_value_that_cannot_be_read_is_still_bad() -> None:
    source = Tables(Rows(a=[0.0, None, -1.0, 3.0], x=[4.0, 5.0, 6.0, 7.0]))
    with pytest.raises(DataError, match="1 of 4 rows cannot be read"):
        may_lack(source, bad_rows=0)
    feed = may_lack(source, bad_rows=0.3)
    assert len(feed) == 3
    assert present_of(feed.batch(0, 0, 3, CPU)) == {40: True, 50: False, 70: True}
    assert [row.row for row in feed.bad["a"]] == [2]


def test_a_missing_value_of_a_made_entry_is_still_bad() -> None:
    source = Tables(Rows(a=[0.0, None, 2.0, 3.0], x=[4.0, 5.0, None, 7.0]))
    with pytest.raises(DataError, match=r"1 of 4 rows cannot be read[^$]*, x: the value"):
        may_lack(source, bad_rows=0)


def test_what_measures_sees_complete_rows_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    import mmgan_core.data.feed as feeding
    from tests.data import test_feed_by_hand as by_hand

    whole = feeding.open_feed
    monkeypatch.setattr(by_hand, "open_feed", lambda *parts: whole(*parts, complete=True))
    feed = may_lack()
    assert len(feed) == 2
    assert set(numbers(feed.batch(0, 0, 4, CPU).real["x"])) == {40, 70}
    with pytest.raises(DataError, match="no row has every given value"):
        opened(
            Tables(Rows(a=[None, 1.0], b=[1.0, None], x=[4.0, 5.0])),
            given=("a", "b"),
            recipe={"given": dict.fromkeys("ab", MAY_BE["given"]["a"])},
        )


def test_an_alignment_that_cannot_leave_rows_out_is_refused() -> None:
    from mmgan_core.assembly.assemble import _refuse_missing
    from tests.training.by_hand import Apart, part

    both = {"given": dict.fromkeys("ab", MAY_BE["given"]["a"]), "align": "by-hand/apart"}
    recipe = drawn_up(Choice(given=("a", "b"), recipe=both)).recipe
    _refuse_missing(recipe, None)
    with pytest.raises(RecipeError, match=r"given\.a\.may_be_missing: by-hand/apart"):
        _refuse_missing(recipe, part(Apart))
