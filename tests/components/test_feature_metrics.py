"""Distances of features: by hand, and of an encoder of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from mmgan_core.components.frechet import Frechet, FrechetOptions
from mmgan_core.components.kernel_distance import (
    KernelDistance,
    KernelDistanceOptions,
    discrepancy,
)
from mmgan_core.contracts import Encoding, Evaluated


def column(*numbers: float) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64)[:, None]


def test_the_discrepancy_of_two_numbers_each() -> None:
    """k = (ab + 1)^3. Of 0, 1: 1; of 0, 2: 1; between: 1, 1, 1 and 27, mean 7.5: 1 + 1 - 15."""
    assert discrepancy(column(0, 1), column(0, 2)) == pytest.approx(-13.0)


def test_the_kernel_is_scaled_by_the_size_of_features() -> None:
    """Both features 2: (4 + 4) / 2 + 1 = 5, cubed 125, for every pair of the first kind."""
    twos, zeros = torch.full((3, 2), 2.0).double(), torch.zeros(3, 2).double()
    assert discrepancy(twos, zeros) == pytest.approx(125 + 1 - 2)


def test_it_has_no_bias() -> None:
    """Halves of the same data: the mean over many is 0, far below what one differs by."""
    torch.manual_seed(0)
    found = torch.tensor([discrepancy(*torch.randn(2, 20, 3).double()) for _ in range(2_000)])
    assert abs(found.mean()) < 4 * found.std() / 2_000**0.5
    assert found.min() < 0


def of(features: torch.Tensor) -> Evaluated:
    return Evaluated(features)


def test_subsets_are_compared_where_there_are_many() -> None:
    torch.manual_seed(0)
    one, other, third = (of(torch.randn(50, 2)) for _ in range(3))
    (whole,) = KernelDistance(KernelDistanceOptions()).measure(one, other, third)
    few = KernelDistance(KernelDistanceOptions(subsets=200, subset_size=10))
    (found,) = few.measure(one, other, third)
    assert found == few.measure(one, other, third)[0], "the same subsets every time"
    assert found.value == pytest.approx(whole.value, abs=0.2)
    assert found.value != whole.value
    assert (found.name, found.better, found.n) == ("kernel distance", "lower", 50)
    assert KernelDistance(KernelDistanceOptions()).measure(of(column(1)), other, third) == []


class Encoded:
    """Samples that an encoder squares; it counts what it read."""

    def __init__(self) -> None:
        self.read = 0

    def evaluated(self, values: Sequence[float]) -> Evaluated:
        def encode(some: Sequence[Any]) -> Encoding:
            self.read += len(some)
            return Encoding(torch.tensor(some)[:, None] ** 2)

        return Evaluated(values=lambda: values, encode=encode)


@pytest.mark.parametrize("metric", [Frechet, KernelDistance])
def test_an_encoder_by_name_stands_in_for_the_evaluator(metric: Any) -> None:
    own = metric(metric.Options(encoder="some/encoder"))
    assert own.encoder == {"use": "some/encoder"}
    assert own.needs == {"values", "encode"}
    assert metric(metric.Options()).needs == {"features"}
    seen = Encoded()
    sets = [[1.0, 2.0, 3.0], [2.0, 3.0, 4.0], [1.0, 3.0, 5.0]]
    fake, real, other = (seen.evaluated(values) for values in sets)
    (found,) = own.measure(fake, real, other)
    squares = [of(torch.tensor(values)[:, None] ** 2) for values in sets]
    (expected,) = metric(metric.Options()).measure(*squares)
    assert found == expected
    assert seen.read == 9
    own.measure(seen.evaluated([5.0, 6.0, 7.0]), real, other)
    assert seen.read == 12, "real samples are read once"


def test_an_encoder_needs_a_name() -> None:
    with pytest.raises(ValidationError, match="use: ID"):
        FrechetOptions(encoder={"dim": 3})
