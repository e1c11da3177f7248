"""Influences and their tests, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from mmgan_core.explaining.deletion import belief, by_deletion

WEIGHTS = (0.0, 1.0, 3.0)


def lost(gone: Sequence[int]) -> Tensor:
    """Each unit that is gone changes so much, the first sample as the second."""
    return torch.full((4,), sum(WEIGHTS[at] for at in gone))


def test_the_unit_that_changes_most_is_deleted_first_and_kept_longest() -> None:
    influence, test = by_deletion(3, lost, orders=2, seed=0)
    assert influence == (0, 1, 3)
    assert test is not None
    assert test.most_first == (3, 4), "never without all units"
    assert test.kept_first == (1, 0), "of 4, the one that is worth 3 is left; then the one of 1"
    # By chance a third and two thirds of all that there is.
    assert test.by_chance == pytest.approx((4 / 3, 8 / 3))
    assert test.kept_by_chance == pytest.approx((8 / 3, 4 / 3))
    assert test.gain == pytest.approx(7 / 4 - 1)
    assert test.low == pytest.approx(test.high), "all samples are alike, and all orders were tried"
    assert test.kept_gain == pytest.approx(1 - 1 / 4)
    assert belief(test).startswith("Believe the order")


def test_sums_of_influences_explain_what_is_a_sum_and_equal_ones_do_not() -> None:
    _, test = by_deletion(3, lost, orders=50, seed=0)
    assert test is not None
    assert test.infidelity == pytest.approx(0)
    # Sets {0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}: changes 0, 1, 3, 1, 3, 4 and sizes 1, 1, 1, 2, 2,
    # 2. The best factor is 20 / 15, and (36 - 20 * 20 / 15) / 36 are left.
    assert test.infidelity_if_equal == pytest.approx((36 - 400 / 15) / 36)


def test_what_changes_nothing_is_not_believed() -> None:
    influence, test = by_deletion(2, lambda gone: torch.zeros(2), orders=3, seed=0)
    assert influence == (0, 0)
    assert test is not None
    assert (test.gain, test.low, test.high, test.kept_gain, test.infidelity) == (0, 0, 0, 0, 0)
    assert belief(test).startswith("Do not rely on it")


def test_a_single_unit_has_no_test() -> None:
    influence, test = by_deletion(1, lambda gone: torch.tensor([1.0, 3.0]), orders=3, seed=0)
    assert (influence, test) == ((2,), None)
    assert "nothing tests" in belief(test)


def test_a_set_of_units_is_left_out_once_and_all_of_them_never() -> None:
    asked: list[tuple[int, ...]] = []

    def change(gone: Sequence[int]) -> Tensor:
        asked.append(tuple(gone))
        return lost(gone)

    by_deletion(3, change, orders=30, seed=0)
    assert len(asked) == len(set(asked)) == 6


def test_chance_alone_does_not_pass_for_influence() -> None:
    """Of noise, the largest of many numbers is no finding: other samples decide than test."""
    gains = []
    for seed in range(12):
        random = torch.Generator().manual_seed(seed)
        noise: dict[tuple[int, ...], Tensor] = {}

        def change(gone: Sequence[int], noise=noise, random=random) -> Tensor:
            key = tuple(gone)
            return noise.setdefault(key, torch.rand(8, generator=random))

        _, test = by_deletion(8, change, orders=8, seed=seed)
        assert test is not None
        gains.append(test.gain)
    assert abs(sum(gains) / len(gains)) < 0.06
