from __future__ import annotations

import pytest
import torch
from mmgan_sketch.diversity import MOST, Diversity, DiversityOptions

from mmgan_core.contracts import Evaluated

METRIC = Diversity(DiversityOptions())


def evaluated(deviation: float, seed: int = 0, count: int = 200, asked: bool = True) -> Evaluated:
    numbers = torch.arange(count) % 4
    noise = torch.randn(count, 6, generator=torch.Generator().manual_seed(seed))
    features = 10.0 * numbers[:, None] + deviation * noise
    return Evaluated(features, numbers, numbers if asked else torch.full_like(numbers, -1))


@pytest.mark.parametrize(("deviation", "value"), [(1.0, 1.0), (0.5, 0.5), (0.0, 0.0), (4.0, 0.25)])
def test_deviation_within_a_class_counts(deviation: float, value: float) -> None:
    (row,) = METRIC.measure(evaluated(deviation), evaluated(1.0, 1), evaluated(1.0, 2))
    assert row.value == pytest.approx(value, abs=0.06)
    assert row.floor == pytest.approx(1.0, abs=0.06)
    assert (row.name, row.better, row.n) == ("diversity", "higher", 200)


def test_one_perfect_sample_a_class_is_accurate_and_has_no_diversity() -> None:
    real = evaluated(1.0, 1)
    (row,) = METRIC.measure(evaluated(0.0), real, evaluated(1.0, 2))
    assert row.value == 0


def test_classes_that_only_one_side_has_are_left_out() -> None:
    real = evaluated(1.0, 1)
    fake = Evaluated(real.features[:2], real.predicted[:2], real.asked[:2])
    assert METRIC.measure(fake, real, real) == []
    assert METRIC.measure(evaluated(1.0, asked=False), real, real) == []


def test_many_samples_are_cut() -> None:
    one = evaluated(1.0, count=4 * MOST)
    more = evaluated(1.0, count=4 * MOST + 40)
    real = evaluated(1.0, 1)
    assert METRIC.measure(more, real, real)[0].value == pytest.approx(
        METRIC.measure(one, real, real)[0].value, abs=0.02
    )
