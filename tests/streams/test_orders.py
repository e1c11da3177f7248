"""Orders of rows that no list holds: each row once an epoch, and a pure function of the place."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from mmgan_core.contracts.stream import Stream
from mmgan_core.data.streamed_order import Mixture, StreamedOrder
from mmgan_core.foundation.permutation import permuted
from mmgan_core.foundation.spread import spread_runs


def blocks(*sizes: int) -> np.ndarray:
    return np.cumsum([0, *sizes]).astype(np.int64)


STREAMS = {
    "alone": Stream(10),
    "blocks": Stream(10, blocks(*[7] * 30)),
    "blocks of any size": Stream(40, blocks(1, 50, 3, 0, 100, 20, 6, 30)),
    "one block": Stream(10, blocks(210)),
}


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 100, 1023, 1024, 1025])
def test_a_permutation_has_each_number_once(count: int) -> None:
    found = permuted(np.arange(count), count, [1, 2])
    assert sorted(found.tolist()) == list(range(count))
    one_by_one = [int(permuted(np.array([n]), count, [1, 2])[0]) for n in range(min(count, 50))]
    assert one_by_one == found[:50].tolist()


def test_a_permutation_is_that_of_its_key() -> None:
    """Each number comes anywhere, about as often as by chance."""
    places = np.arange(1000)
    found = [permuted(places, 1000, [0, epoch]) for epoch in range(50)]
    assert len({one.tobytes() for one in found}) == 50
    stay = np.mean([(one == places).sum() for one in found])
    assert 0.5 < stay < 1.6, "one of a permutation's numbers stays in its place, on average"
    together = np.abs(np.corrcoef([*found, places]) - np.eye(51))
    assert together.max() < 0.15


@pytest.mark.parametrize("name", STREAMS)
def test_an_epoch_has_each_row_once_and_another_order(name: str) -> None:
    order = StreamedOrder(210, STREAMS[name], 3, first=1000)
    epochs = [order.rows(210 * epoch, 210)[0] for epoch in range(3)]
    assert all(sorted(one.tolist()) == list(range(1000, 1210)) for one in epochs)
    assert len({one.tobytes() for one in epochs}) == 3
    other = StreamedOrder(210, STREAMS[name], 4, first=1000)
    assert other.rows(0, 210)[0].tolist() != epochs[0].tolist()


@pytest.mark.parametrize("name", STREAMS)
def test_what_a_sample_is_does_not_depend_on_what_was_asked_before(name: str) -> None:
    whole = StreamedOrder(210, STREAMS[name], 3).rows(0, 700)[0]
    order = StreamedOrder(210, STREAMS[name], 3)
    random = np.random.default_rng(0)
    for start in random.integers(0, 650, 60).tolist():
        count = int(random.integers(1, 50))
        assert order.rows(start, count)[0].tolist() == whole[start : start + count].tolist()
    assert order.rows(5, 0)[0].tolist() == []


def test_rows_of_a_window_come_from_several_blocks() -> None:
    """Sorted data are mixed: in every part of an epoch there are rows of far places."""
    stream = Stream(200, blocks(*[50] * 200))
    assert stream.windows == 50, "four blocks each"
    found = StreamedOrder(10_000, stream, 0).rows(0, 10_000)[0]
    for start in range(0, 10_000, 200):
        window = found[start : start + 200]
        assert len(np.unique(window // 50)) == 4
        halves = window[:100] // 50, window[100:] // 50
        assert set(halves[0]) == set(halves[1]), "all its blocks are in both halves"


def test_an_order_of_ten_million_rows_takes_little_memory() -> None:
    streams = Stream(8_192), Stream(8_192, np.arange(0, 10_000_001, 10_000))
    for stream in streams:
        tracemalloc.start()
        order = StreamedOrder(10_000_000, stream, 0)
        for start in range(0, 9_000_000, 1_000_000):
            order.rows(start, 64)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 3_000_000


def test_a_mixture_takes_each_order_by_its_weight() -> None:
    orders = [
        StreamedOrder(rows, Stream(5), n, first=1000 * n) for n, rows in enumerate((9, 50, 7))
    ]
    mixture = Mixture(orders, [1, 5, 2])
    whole = mixture.rows(0, 800)[0]
    for start in range(0, 790, 8):
        counted = np.bincount(whole[start : start + 8] // 1000, minlength=3)
        assert counted.tolist() == [1, 5, 2]
    for number, order in enumerate(orders):
        own = whole[whole // 1000 == number]
        assert own.tolist() == order.rows(0, len(own))[0].tolist(), (
            "in its own order, again and again"
        )
    for start in (0, 3, 8, 91, 555):
        assert mixture.rows(start, 13)[0].tolist() == whole[start : start + 13].tolist()
    assert len(mixture) == 3 * 8, "then the third begins anew"


def test_runs_are_spread_over_all_rows() -> None:
    assert spread_runs(10, 20, 4).tolist() == list(range(10))
    found = spread_runs(1_000_000, 640, 64)
    assert len(np.unique(found)) == len(found) == 640
    assert (np.diff(found) > 0).all()
    assert np.unique(found // (1_000_000 // 64)).tolist() == list(range(64))
    assert len(np.unique(spread_runs(8_000, 64, 64) % 8)) == 8, "whatever period the data have"
    assert spread_runs(5, 1, 64).shape == (1,)
    assert spread_runs(5, 0, 64).shape == (0,)
