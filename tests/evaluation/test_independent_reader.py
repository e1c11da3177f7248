"""The independent reader and the variety of samples, worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import torch

from mmgan_core.components.frozen_features import scale_of
from mmgan_core.components.independent_reader import (
    KERNEL,
    NEIGHBOUR,
    IndependentReader,
    IndependentReaderOptions,
    Readers,
)
from mmgan_core.components.variety import (
    Variety,
    VarietyOptions,
    interval,
    key,
    spreads,
)
from mmgan_core.contracts import Encoding, Evaluated, Measurement
from mmgan_core.errors import UsageError


def column(*numbers: float) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64)[:, None]


def seen(
    values: Sequence[float],
    labels: Sequence[str | None] = (),
    *,
    raw: Sequence[float] | None = None,
    given: Mapping[str, Sequence[object]] | None = None,
    shuffled: bool = False,
) -> Evaluated:
    """Numbers, which are their own feature."""

    def encode(some: Sequence[Any]) -> Encoding:
        return Encoding(torch.tensor(some, dtype=torch.float64)[:, None])

    return Evaluated(
        values=list(values),
        labels=list(labels) if labels else None,
        raw=None if raw is None else list(raw),
        given=given,
        encode=encode,
        shuffled=shuffled,
    )


def by_name(found: Sequence[Measurement]) -> dict[str, Measurement]:
    return {one.name: one for one in found}


# Readers


def test_the_neighbour_says_its_own_label() -> None:
    """0 and 1 are a, 10 is b: 6 is nearer to 10 than to 1, 5 is nearer to 1."""
    readers = Readers(column(0, 1, 10), ["a", "a", "b"], 0.1)
    assert readers.right(column(6, 5), ["b", "a"])[NEIGHBOUR] == (2, 2)
    assert readers.right(column(6, 5), ["a", "a"])[NEIGHBOUR] == (1, 2)


def test_features_count_in_units_of_their_deviation() -> None:
    """The second feature is measured in thousandths, and alone it decides between a and b."""
    known = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 0.001], [4.0, 0.001]]).double()
    asked = torch.tensor([[0.0, 0.001], [2.1, 0.0]]).double()
    readers = Readers(known, ["a", "a", "b", "b"], 0.1)
    assert readers.right(asked, ["b", "a"]) == {NEIGHBOUR: (2, 2), KERNEL: (2, 2)}


def test_a_constant_feature_divides_by_nothing() -> None:
    mean, deviation = scale_of(torch.tensor([[3.0, 1.0], [3.0, 3.0]]).double())
    assert mean.tolist() == [3, 2]
    assert deviation.tolist() == [1, 1]


def test_the_kernel_machine_solves_its_system() -> None:
    """Features 0 and 2 are -1 and 1 in units of their deviation: the kernel is 1 and exp(-4).

    The labels of a are (1, -1), of mean 0: (1 + r - e) w = 1 and the other weight is -w.
    """
    readers = Readers(column(0, 2), ["a", "b"], 0.5)
    weight = 1 / (1.5 - math.exp(-4))
    assert readers.weights[:, 0].tolist() == pytest.approx([weight, -weight])
    at_half = readers._machine(column(-0.5))[0]  # 1/2 from a, 3/2 from b
    expected = weight * (math.exp(-0.25) - math.exp(-2.25))
    assert at_half.tolist() == pytest.approx([expected, -expected])


def test_a_label_that_was_never_taught_is_read_wrongly() -> None:
    readers = Readers(column(0, 10), ["a", "b"], 0.1)
    assert readers.right(column(0, 10), ["c", "b"]) == {NEIGHBOUR: (1, 2), KERNEL: (1, 2)}
    assert readers.right(column(0, 10), [None, "b"]) == {NEIGHBOUR: (1, 1), KERNEL: (1, 1)}
    assert readers.right(column(0), [None]) == {}


TRAIN = seen([0, 1, 9, 10], ["a", "a", "b", "b"])


def test_made_samples_are_read_and_real_ones_beside_them() -> None:
    reader = IndependentReader(IndependentReaderOptions())
    fake = seen([0.5, 9.5, 9.4, 0.4], ["a", "b", "a", "a"])
    real = seen([0.2, 9.2], ["a", "b"])
    found = by_name(reader.measure(fake, real, TRAIN))
    assert {name: one.value for name, one in found.items()} == {NEIGHBOUR: 0.75, KERNEL: 0.75}
    assert {one.floor for one in found.values()} == {1.0}
    assert {(one.n, one.better) for one in found.values()} == {(4, "higher")}
    assert all(one.low < 0.75 < one.high for one in found.values())  # type: ignore[operator]


def test_readers_learn_from_the_data_and_not_from_what_the_modality_makes_of_them() -> None:
    """Decoded training samples are all alike; those of the data say what a and b are."""
    held_out = seen([5, 5, 5, 5], ["a", "a", "b", "b"], raw=[0, 1, 9, 10])
    real = seen([5, 5], ["a", "b"], raw=[0, 10])
    reader = IndependentReader(IndependentReaderOptions())
    found = by_name(reader.measure(seen([1, 9], ["a", "b"]), real, held_out))
    assert [(one.value, one.floor) for one in found.values()] == [(1, 1), (1, 1)]


def test_what_the_modality_costs_stands_once() -> None:
    real = seen([0, 0.1], ["a", "b"], raw=[0, 10])
    reader = IndependentReader(IndependentReaderOptions())
    found = by_name(reader.measure_real(real, TRAIN))
    assert [(one.value, one.floor) for one in found.values()] == [(0.5, 1), (0.5, 1)]
    lossless = seen([0, 10], ["a", "b"], raw=[0, 10])
    assert reader.measure_real(lossless, TRAIN) == []
    assert reader.measure_real(seen([0, 10], ["a", "b"]), TRAIN) == []


def test_no_number_where_nothing_can_be_read() -> None:
    reader = IndependentReader(IndependentReaderOptions())
    real = seen([0, 10], ["a", "b"])
    assert reader.measure(seen([0], [None]), real, TRAIN) == []
    assert reader.measure(seen([0], ["a"]), real, seen([0, 1], ["a", "a"])) == []


def test_so_many_training_rows_are_asked_for_and_no_more_are_learned() -> None:
    reader = IndependentReader(IndependentReaderOptions(rows=3))
    assert reader.needs_training_rows == 3
    # The fourth row, the only one that is near 10, is left out.
    held_out = seen([0, 1, -9, 10], ["a", "a", "b", "c"])
    found = by_name(reader.measure(seen([10], ["c"]), seen([0], ["a"]), held_out))
    assert found[NEIGHBOUR].value == 0


def test_an_encoder_without_a_vector_is_refused() -> None:
    flat = Evaluated(
        values=[1.0, 2.0],
        labels=["a", "b"],
        encode=lambda some: Encoding(torch.zeros(len(some), 0)),
    )
    with pytest.raises(UsageError, match="makes no vector"):
        IndependentReader(IndependentReaderOptions()).measure(flat, flat, flat)


# Variety

GIVEN = ["x", "x", "y", "y"]


def measured(fake: Evaluated, real: Evaluated, held_out: Evaluated | None = None) -> Any:
    return Variety(VarietyOptions()).measure(fake, real, held_out or real)


def test_variety_of_two_conditions() -> None:
    """Real: 0 and 2, 10 and 14: variances 2 and 8, mean 5. Made: 1 and 2, 10 and 11: 1/2 and 1/2.

    The deviation by which both are divided falls out of the ratio: 0.5 / 5.
    """
    real = seen([0, 2, 10, 14], given={"word": GIVEN})
    made = seen([1, 2, 10, 11], given={"word": GIVEN})
    (found,) = measured(made, real)
    assert found.value == pytest.approx(0.1)
    assert found.floor == pytest.approx(1)
    assert (found.name, found.n, found.better) == ("variety", 4, "higher")


def test_a_feature_that_is_rare_in_the_test_split_does_not_decide_alone() -> None:
    """Training samples have the deviations 1 and 1: real variances 2 + .02, made 1/2 + 2."""
    held_out = torch.tensor([[-1.0, -1], [-1, 1], [1, -1], [1, 1]])
    real, made = torch.tensor([[0.0, 0], [2, 0.2]]), torch.tensor([[0.0, 0], [1, 2]])

    def of(rows: torch.Tensor) -> Evaluated:
        return Evaluated(values=rows.tolist(), encode=lambda some: Encoding(torch.tensor(some)))

    (found,) = measured(of(made), of(real), of(held_out))
    assert found.value == pytest.approx(2.5 / 2.02)
    assert found.floor == pytest.approx((4 / 3 + 4 / 3) / 2.02)


def test_only_what_was_given_makes_a_condition() -> None:
    """Nothing given: variances of 0, 2, 10, 14 and of 1, 2, 10, 11 about one mean each."""
    real = seen([0, 2, 10, 14], given={"word": GIVEN})
    (found,) = measured(seen([1, 2, 10, 11]), real)
    assert found.value == pytest.approx((25 + 16 + 16 + 25) / (42.25 + 20.25 + 12.25 + 56.25))


def test_conditions_count_by_their_share_of_real_samples_in_both_kinds() -> None:
    """x has 3 real samples of variance 1, y has 2 of variance 2: 3/5 + 4/5 = 7/5.

    Made: x has 2 of variance 2, y has 3 of variance 1: 3/5 * 2 + 2/5 * 1 = 8/5.
    """
    real, made = column(0, 1, 2, 0, 2), column(0, 2, 0, 1, 2)
    of_real, of_made = {"x": [0, 1, 2], "y": [3, 4]}, {"x": [0, 1], "y": [2, 3, 4]}
    found = spreads(made, of_made, real, of_real)
    assert found is not None
    assert (found[0].mean(), found[1].mean()) == pytest.approx((1.6, 1.4))


def test_a_condition_with_one_sample_does_not_count() -> None:
    real = seen([0, 2, 10, 50], given={"word": ["x", "x", "y", "z"]})
    made = seen([1, 2, 9, 90], given={"word": GIVEN})
    (found,) = measured(made, real)
    assert (found.value, found.n) == (pytest.approx(0.25), 2)
    alone = seen([1, 2, 9, 90], given={"word": ["x", "y", "z", "u"]})
    assert measured(alone, real) == []
    assert measured(seen([1], given={"word": ["x"]}), seen([1], given={"word": ["x"]})) == []


def test_values_that_are_shuffled_are_no_conditions() -> None:
    real = seen([0, 2, 10, 14], given={"word": GIVEN})
    assert measured(seen([1, 2, 10, 11], given={"word": GIVEN}, shuffled=True), real) == []


def test_a_collapsed_generator_has_no_variety() -> None:
    real = seen([0, 2, 10, 14], given={"word": GIVEN})
    (found,) = measured(seen([1, 1, 10, 10], given={"word": GIVEN}), real)
    assert (found.value, found.low) == (0, 0)


def test_the_interval_holds_the_ratio_and_shrinks_with_the_samples() -> None:
    random = torch.Generator().manual_seed(0)
    few, many = (torch.randn(size, generator=random).square().numpy() for size in (50, 5_000))
    wide, narrow = (interval(of * 0.25, of, 400) for of in (few, many))
    assert wide[0] < 0.25 < wide[1]
    assert narrow[0] < 0.25 < narrow[1]
    assert narrow[1] - narrow[0] < (wide[1] - wide[0]) / 5
    assert interval(few, few, 100) == interval(few, few, 100)


def test_equal_raw_values_are_one_condition_however_they_are_nested() -> None:
    assert key({"bytes": b"1", "path": None}) == key({"path": None, "bytes": b"1"})
    assert key(["a", ("b",)]) == key(["a", ("b",)])
    assert key(object()) != key(object())
