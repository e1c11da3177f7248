"""From minutes and samples a second to the numbers of a recipe."""

from __future__ import annotations

import math

import pytest

from mmgan_core.errors import UsageError
from mmgan_core.starting.budget import (
    Choice,
    Rates,
    Wish,
    choices,
    numbers,
    rounded,
    samples_for,
)


@pytest.mark.parametrize(
    ("number", "short"), [(143_221, 140_000), (999, 990), (64, 64), (5.9, 5), (10, 10)]
)
def test_numbers_are_rounded_down_to_two_digits(number: float, short: int) -> None:
    assert rounded(number) == short


def test_samples_are_what_four_fifths_of_the_minutes_make() -> None:
    wish = Wish(10.0)
    assert samples_for(wish, 200.0, 5_000, evaluated=True) == 96_000
    assert samples_for(wish, 200.0, 5_000, evaluated=False) == 110_000


def test_few_rows_are_not_seen_a_million_times_on_a_fast_machine() -> None:
    wish = Wish(60.0)
    assert samples_for(wish, 10_000.0, 1_000, evaluated=True) == 500_000
    assert samples_for(wish, 10_000.0, 10, evaluated=True) == 100_000


def test_all_numbers_grow_with_the_samples() -> None:
    found = numbers(96_000, 2_000, Wish(10.0), Rates(200.0, 100.0))
    assert (found.half_life, found.log_every) == (3_200, 960)
    assert (found.sample_every, found.checkpoint_every) == (4_800, 19_000)
    assert found.evaluator == 9_000, "15 % of ten minutes"
    assert found.augment, "48 epochs of few rows"
    assert not numbers(96_000, 9_000, Wish(10.0), Rates(200.0)).augment, "11 epochs"
    assert not numbers(5_000_000, 60_000, Wish(10.0), Rates(200.0)).augment, "many rows"


@pytest.mark.parametrize(("rows", "batch"), [(2, 8), (40, 16), (1_000, 64)])
def test_batches_are_not_larger_than_half_the_rows(rows: int, batch: int) -> None:
    assert numbers(100_000, rows, Wish(10.0), Rates(100.0)).batch_size == batch


def test_choices_go_from_fast_to_slow_and_keep_to_a_size_that_is_asked_for() -> None:
    assert choices(Wish(10.0), 1) == [Choice(size, 0) for size in (32, 64, 128, 256)]
    assert choices(Wish(10.0, size=48), 2) == [Choice(48, 0), Choice(48, 1)]
    assert [c.size for c in choices(Wish(10.0), 4)] == [32] * 3 + [64] * 3 + [128] * 2 + [256]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"minutes": 0.0}, "--minutes: 0 is not above 0"),
        ({"minutes": math.nan}, "--minutes"),
        ({"minutes": 1.0, "quality": "god"}, "--quality: 'god' is none"),
        ({"minutes": 1.0, "rate": -1.0}, "--rate"),
        ({"minutes": 1.0, "size": 0}, "--size"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Wish(**wrong)  # type: ignore[arg-type]
