"""Metrics of a few numbers, worked out by hand."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
import torch

import mmgan_core.components.coverage as coverage
import mmgan_core.components.memorisation as memorisation
from mmgan_core.components.condition_accuracy import (
    ConditionAccuracy,
    ConditionAccuracyOptions,
    wilson,
)
from mmgan_core.components.coverage import Coverage, CoverageOptions, four
from mmgan_core.components.frechet import Frechet, FrechetOptions, distance
from mmgan_core.components.memorisation import Memorisation, MemorisationOptions, apart
from mmgan_core.contracts import Evaluated


def column(*numbers: float) -> torch.Tensor:
    return torch.tensor(numbers)[:, None]


def seen(*features: float) -> Evaluated:
    return Evaluated(column(*features), torch.zeros(len(features)), torch.zeros(len(features)))


# Fréchet distance


def test_frechet_of_one_number() -> None:
    """Means 1 and 3, variances 2 and 8: 2^2 + (sqrt 8 - sqrt 2)^2 = 6; the floor: 2^2 + 8."""
    (found,) = Frechet(FrechetOptions()).measure(seen(0, 2), seen(1, 5), seen(1, 1))
    assert found.value == pytest.approx(6)
    assert found.floor == pytest.approx(12)
    assert (found.name, found.better, found.n) == ("Fréchet distance", "lower", 2)


def test_frechet_counts_as_many_of_each() -> None:
    (found,) = Frechet(FrechetOptions()).measure(seen(0, 2, 99), seen(1, 5, 7), seen(1, 1))
    assert (found.value, found.floor, found.n) == pytest.approx((6, 12, 2))
    one = seen(1)
    for three in (
        (one, one, one),
        (one, seen(1, 2), seen(1, 2)),
        (seen(1, 2), one, one),
    ):
        assert Frechet(FrechetOptions()).measure(*three) == []


def test_frechet_of_gaussians_that_lie_across() -> None:
    """Roots: diag(2, 0), and a projection, its own root; their product's singular value: sqrt 2.

    tr = 4 + 1 - 2 sqrt 2, and the means lie 3 and 4 apart.
    """
    one = (np.array([0.0, 0.0]), np.diag([4.0, 0.0]))
    other = (np.array([3.0, 4.0]), np.full((2, 2), 0.5))
    assert distance(one, other) == pytest.approx(25 + 5 - 2 * sqrt(2))
    assert distance(other, one) == pytest.approx(25 + 5 - 2 * sqrt(2))


def test_frechet_of_the_same_is_nothing_and_not_less() -> None:
    features = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
    same = Evaluated(features, torch.zeros(50), torch.zeros(50))
    (found,) = Frechet(FrechetOptions()).measure(same, same, same)
    assert 0 <= found.value < 1e-9
    tiny = (np.zeros(1), np.array([[-1e-12]]))  # rounding may take a variance under 0
    assert distance(tiny, tiny) == 0


# Precision, recall, density, coverage

REAL, MADE = column(0, 1, 3, -20), column(0.5, 2, 9)


def test_four_numbers_with_one_neighbour() -> None:
    """Balls of reals: 1 about 0 and about 1, 2 about 3, 20 about -20.

    In them: 0.5 twice, 2 once (1 is not under 1), 9 never. Reals but -20 hold one. Balls of made
    ones: 1.5 about 0.5 and 2, 7 about 9: they hold 0, 1 and 3.
    """
    assert four(REAL, MADE, 1) == pytest.approx(
        {"precision": 2 / 3, "recall": 3 / 4, "density": 1.0, "coverage": 3 / 4}
    )


def test_four_numbers_with_two_neighbours() -> None:
    """Balls of reals: 3, 2, 3, 21; in them 0.5 four times, 2 three times. Of made: 8.5, 7, 8.5."""
    assert four(REAL, MADE, 2) == pytest.approx(
        {"precision": 2 / 3, "recall": 3 / 4, "density": 7 / 3 / 2, "coverage": 1.0}
    )


def test_four_numbers_by_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = four(REAL, MADE, 2)
    monkeypatch.setattr(coverage, "CHUNK", 1)
    assert four(REAL, MADE, 2) == whole


def test_large_features_are_distinguished() -> None:
    """In single precision the quick form of distances would lose all of it."""
    assert four(REAL / 256 + 4096, MADE / 256 + 4096, 1) == pytest.approx(four(REAL, MADE, 1))


def test_coverage_measures_made_ones_and_the_floor() -> None:
    made = seen(0.5, 2, 9)
    real, held_out = seen(0, 1, 3, -20), seen(0, 1, 3, 5)
    found = Coverage(CoverageOptions(neighbours=1)).measure(made, real, held_out)
    assert [m.name for m in found] == ["precision", "recall", "density", "coverage"]
    # The first three of each: all are covered; balls of 1, 1 and 2 hold 2, 1 and 0 of what is made.
    assert [m.value for m in found] == pytest.approx([2 / 3, 1, 1, 1])
    # The floor: 0, 1 and 3 lie in their own balls alone, for none reaches its neighbour.
    assert [m.floor for m in found] == pytest.approx([1, 1, 1, 1])
    assert {(m.n, m.better) for m in found} == {(3, "higher")}


def test_there_are_no_more_neighbours_than_others() -> None:
    three = seen(0, 1, 3)
    few = Coverage(CoverageOptions(neighbours=2)).measure(three, three, three)
    assert Coverage(CoverageOptions(neighbours=5)).measure(three, three, three) == few
    assert Coverage(CoverageOptions()).options.neighbours == 5
    one = seen(0)
    for some in ((one, three, three), (three, one, three), (three, three, one)):
        assert Coverage(CoverageOptions()).measure(*some) == []
    assert Coverage(CoverageOptions()).measure(seen(0, 1), three, three) != []


# ConditionAccuracy


def read(predicted: list[int], asked: list[int]) -> Evaluated:
    return Evaluated(torch.zeros(len(asked), 1), torch.tensor(predicted), torch.tensor(asked))


def test_agreement_is_of_what_was_asked_for() -> None:
    """Two of three; the fourth was not asked for. Wilson for 2 of 3: 0.2077 to 0.9385."""
    made, real = read([0, 1, 2, 2], [0, 1, 1, -1]), read([0, 1, 0, 0], [0, 1, 2, 3])
    (found,) = ConditionAccuracy(ConditionAccuracyOptions()).measure(made, real, made)
    assert (found.name, found.better, found.n) == ("condition accuracy", "higher", 3)
    assert found.value == pytest.approx(2 / 3)
    assert found.floor == pytest.approx(1 / 2)
    assert (found.low, found.high) == pytest.approx((0.20765, 0.93850), abs=1e-5)


def test_what_is_not_asked_for_agrees_with_nothing() -> None:
    none = read([0, 1], [-1, -1])
    assert ConditionAccuracy(ConditionAccuracyOptions()).measure(none, none, none) == []
    (found,) = ConditionAccuracy(ConditionAccuracyOptions()).measure(read([0], [0]), none, none)
    assert (found.value, found.floor) == (1.0, None)
    (found,) = ConditionAccuracy(ConditionAccuracyOptions()).measure(
        read([-1, 1], [-1, 0]), none, none
    )
    assert (found.value, found.n) == (0.0, 1)


def test_wilsons_interval() -> None:
    """5 of 10, z = 2: (0.5 + 0.2 -+ 2 sqrt(0.025 + 0.01)) / 1.4."""
    half_width = 2 * sqrt(0.035)
    assert wilson(5, 10, 2.0) == pytest.approx(((0.7 - half_width) / 1.4, (0.7 + half_width) / 1.4))
    # 0 of 4: from 0 to z^2 / 4 / (1 + z^2 / 4), and the other way round for 4 of 4.
    end = 1.96**2 / 4 / (1 + 1.96**2 / 4)
    assert wilson(0, 4) == pytest.approx((0, end), abs=1e-12)
    assert wilson(4, 4) == pytest.approx((1 - end, 1), abs=1e-12)


# Memorisation


def test_nearness_is_compared_with_that_of_the_nearest() -> None:
    """Training: 0, 1 and 4, whose nearest lie 1, 1 and 3 away."""
    training = column(0, 1, 4)
    found = apart(column(0.25, 1, 6, -3, 2.25), training)
    assert found.tolist() == pytest.approx([0.25, 0, 2 / 3, 3, 1.25])


def test_of_training_samples_that_are_there_twice_only_copies_are_near() -> None:
    assert apart(column(0, 1), column(0, 0, 5)).tolist() == pytest.approx([0, 1e9])


def test_nearness_by_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    samples, training = column(0.25, 1, 6, -3, 2.25, 0), column(4, 1, 0, 9)
    whole = apart(samples, training).tolist()
    monkeypatch.setattr(memorisation, "FEW", 2)
    monkeypatch.setattr(memorisation, "MANY", 1)
    assert apart(samples, training).tolist() == whole
    monkeypatch.setattr(memorisation, "MANY", 3)
    assert apart(samples, training).tolist() == whole


def test_nearness_of_large_features() -> None:
    training, samples = column(0, 1, 4), column(0.25, 6, -3)
    large = apart(samples / 256 + 4096, training / 256 + 4096)
    assert large.tolist() == pytest.approx([0.25, 2 / 3, 3])


def test_authenticity_and_copies() -> None:
    """Training 0, 1, 4; r of what is made: 0.25, 0, 2 and 1 (not over 1); of reals 0.5, 3, 0.8, 2.

    Authentic: one of four; of reals two. Rare at 1/4: the quantile of 0.5, 0.8, 2, 3 at 3/4 of the
    way from the first to the second, 0.725: two are nearer, and one real one.
    """
    training, made = seen(0, 1, 4), seen(0.25, 1, -2, -1)
    real = seen(-0.5, -3, -0.8, -2)
    found = Memorisation(MemorisationOptions(rare=0.25)).measure(made, real, training)
    assert [(m.name, m.better, m.n) for m in found] == [
        ("authenticity", "higher", 4),
        ("copies", "lower", 4),
    ]
    assert [(m.value, m.floor) for m in found] == [(0.25, 0.5), (0.5, 0.25)]
    assert (found[0].low, found[0].high) == wilson(1, 4)
    assert (found[1].low, found[1].high) == wilson(2, 4)


def test_too_few_reals_say_nothing_of_what_is_rare() -> None:
    training, real = seen(0, 1, 4), seen(-0.5, -3, -0.8, -2)
    few = Memorisation(MemorisationOptions(rare=0.24)).measure(real, real, training)
    assert [m.name for m in few] == ["authenticity"]
    assert MemorisationOptions().rare == 0.01
    nobody = seen()
    measure = Memorisation(MemorisationOptions()).measure
    assert measure(real, real, seen(0)) == []
    assert len(measure(real, real, seen(0, 1))) == 1
    assert measure(nobody, real, training) == measure(real, nobody, training) == []
    assert len(measure(seen(1), seen(1), training)) == 1
