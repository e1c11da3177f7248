"""The inception score, worked out by hand."""

from __future__ import annotations

import pytest
import torch

from mmgan_core.components.inception_score import InceptionScore, InceptionScoreOptions, score
from mmgan_core.contracts import Evaluated


def test_sure_of_every_class_is_the_number_of_classes() -> None:
    assert score(torch.eye(4)) == pytest.approx(4)


def test_sure_of_one_class_alone_is_one() -> None:
    assert score(torch.tensor([[1.0, 0.0], [1.0, 0.0]])) == pytest.approx(1)


def test_undecided_is_one() -> None:
    assert score(torch.full((5, 3), 1 / 3)) == pytest.approx(1)


def test_half_sure_of_two_classes() -> None:
    """Each divergence is 3/4 log (3/4 : 1/2) + 1/4 log (1/4 : 1/2): 1.5^(3/4) 0.5^(1/4)."""
    both = torch.tensor([[0.75, 0.25], [0.25, 0.75]])
    assert score(both) == pytest.approx(1.5**0.75 * 0.5**0.25)


def test_unequal_classes() -> None:
    """Three of one class and one of another: exp of their entropy, 4 / 3^(3/4)."""
    assert score(torch.tensor([[1.0, 0]] * 3 + [[0, 1.0]])) == pytest.approx(4 / 3**0.75)


def test_the_floor_is_that_of_as_many_real_samples() -> None:
    made = Evaluated(probabilities=torch.eye(2)[[0, 1]])
    real = Evaluated(probabilities=torch.eye(2)[[0, 0, 1, 1]])
    metric = InceptionScore(InceptionScoreOptions())
    (found,) = metric.measure(made, real, real)
    assert (found.value, found.floor, found.n) == (pytest.approx(2), pytest.approx(1), 2)
    one = Evaluated(probabilities=torch.eye(2)[:1])
    assert metric.measure(one, real, real) == []
