"""What is watched of made samples, each number worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from mmgan_core.training import watched
from tests.training.by_hand import column

# Two classes of real samples, at 0 and 2 and at 10 and 12, each sample eight times.
REAL = column(*(0.0, 2.0, 10.0, 12.0) * 8)
MEANING = torch.tensor((0, 0, 1, 1) * 8)


def test_variety_is_the_distance_of_two_draws_against_that_of_real_samples_of_a_meaning() -> None:
    # Of the 16 rows of a meaning, eight are 0 and eight are 2: 128 of 240 pairs are 2 apart.
    usual = math.sqrt(4 * 128 / 240)
    one, other = column(1.0, 5.0), column(2.0, 4.0)
    assert watched.variety(one, other, REAL, MEANING) == pytest.approx(1 / usual)
    assert watched.variety(one, one, REAL, MEANING) == 0


def test_variety_says_nothing_where_a_meaning_leaves_no_choice() -> None:
    assert watched.variety(REAL, REAL, REAL, torch.arange(32)) is None, "no two rows mean the same"
    same = column(*(0.0, 0.0, 10.0, 10.0) * 8)
    assert watched.variety(same, same, same, MEANING) is None, "all of a meaning are equal"


def test_followed_is_one_for_real_samples_and_nothing_for_chance() -> None:
    assert watched.followed(REAL, REAL, MEANING) == 1
    assert watched.followed(12 - REAL, REAL, MEANING) == -1, "always the other class"
    assert watched.followed(torch.zeros_like(REAL), REAL, MEANING) == 0, "one class for all"


def test_followed_says_nothing_where_samples_do_not_tell_their_class() -> None:
    assert watched.followed(REAL, REAL, torch.arange(32)) is None, "a class for each row"
    assert watched.followed(REAL, REAL, torch.zeros(32)) is None, "one class"
    mixed = torch.tensor((0, 1, 0, 1) * 8)
    assert watched.followed(REAL, column(*(0.0, 0.0, 1.0, 1.0) * 8), mixed) is None


def test_overfit_is_the_place_of_held_out_samples_between_training_and_made_ones() -> None:
    seen, made = torch.tensor([3.0, 5.0]), torch.tensor([-4.0, -4.0])
    assert watched.overfit(seen, torch.tensor([2.0, 2.0]), made) == 0.25
    assert watched.overfit(seen, seen, made) == 0
    assert watched.overfit(seen, made, made) == 1
    assert watched.overfit(seen, made, seen) is None, "it tells nothing apart"


def test_leak_is_the_share_of_samples_that_are_nearer_to_changed_ones() -> None:
    real = column(0.0, 1.0, 2.0, 3.0)
    changed = real + 10
    assert watched.leak(real, real, changed) == 0
    assert watched.leak(changed, real, changed) == 1
    assert watched.leak(column(0.5, 10.5), real, changed) == 0.5
    assert watched.leak(real, real, real) is None, "nothing is changed"


def test_the_average_is_as_far_behind_as_its_samples_are_in_spreads_of_real_ones() -> None:
    real = column(1.0, 3.0)  # of a deviation of sqrt(2)
    assert watched.behind(column(0.0, 0.0), column(2.0, 2.0), real) == pytest.approx(2**0.5)


def test_dead_units_are_rows_with_hardly_any_gradient() -> None:
    gradient: Tensor = torch.tensor([[3.0, 4.0], [0.0, 0.0], [0.0, 1e-9], [1.0, 0.0]])
    bias, one_row = torch.zeros(4), torch.zeros(1, 4)
    assert watched.dead_units([gradient, bias, one_row]) == 0.5
    assert watched.dead_units([gradient, torch.ones(4, 1)]) == 0.25
    assert watched.dead_units([bias]) is None


def test_a_norm_is_of_all_numbers_together() -> None:
    assert watched.norm([torch.tensor([3.0]), torch.tensor([[4.0]]).bfloat16()]) == 5
