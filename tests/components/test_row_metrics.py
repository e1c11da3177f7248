"""Metrics that compare samples row by row, worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from mmgan_core.components.encoder_distance import (
    EncoderDistance,
    EncoderDistanceOptions,
    distances,
)
from mmgan_core.components.l1 import L1, L1Options
from mmgan_core.components.match_score import MatchScore, MatchScoreOptions
from mmgan_core.components.psnr import PSNR, PSNROptions
from mmgan_core.components.retrieval import Retrieval, RetrievalOptions, found
from mmgan_core.components.vector import Vector, VectorOptions
from mmgan_core.contracts import Encoding, Evaluated, Matched
from mmgan_core.errors import UsageError

MODALITY = Vector(VectorOptions(low=(0.0, 0.0), high=(1.0, 1.0)))  # samples from -1 to 1


def shown(*rows: tuple[float, float], references: Tensor | None = None) -> Evaluated:
    held = None if references is None else Evaluated(modality=MODALITY, samples=references)
    return Evaluated(modality=MODALITY, samples=torch.tensor(rows), references=held)


REAL = shown((1.0, -1.0), (0.0, 0.0))
OTHER = shown((-1.0, -1.0), (0.0, 1.0))  # 2, 0, 0 and 1 apart from REAL
MADE = shown((1.0, 0.0), (0.0, 0.0), references=REAL.samples)  # 0, 1, 0 and 0 apart


def test_l1_is_a_share_of_the_range() -> None:
    """The range is 2: 1 of 4 places is half of it apart; of other real ones 3 / 4 / 2."""
    (row,) = L1(L1Options()).measure(MADE, REAL, OTHER)
    assert (row.name, row.better, row.n) == ("L1", "lower", 2)
    assert (row.value, row.floor) == pytest.approx((1 / 8, 3 / 8))


def test_psnr_is_the_mean_over_samples_and_never_infinite() -> None:
    """Errors of a range of 1: 1/4 and 0, so 1/8 and 0: 9.03 dB and 100 dB; others 1/2 and 1/8."""
    (row,) = PSNR(PSNROptions()).measure(MADE, REAL, OTHER)
    assert row.value == pytest.approx((10 * math.log10(8) + 100) / 2)
    assert row.floor == pytest.approx((10 * math.log10(2) + 10 * math.log10(8)) / 2)
    assert row.better == "higher"


def test_distances_of_features_do_not_depend_on_their_size() -> None:
    """Pooled: a right angle is 2 apart. Maps: one place equal, one opposite (4): 2 in the mean.

    Tokens: of three places the last is padding in one of the two; 2 and 0: 1 in the mean.
    """
    mask = torch.tensor([[True, True, False]])
    one = Encoding(
        torch.tensor([[2.0, 0.0]]),
        torch.tensor([[[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]]),
        mask,
        torch.tensor([[[[3.0, 1.0]], [[0.0, 0.0]]]]),
    )
    other = Encoding(
        torch.tensor([[0.0, 5.0]]),
        torch.tensor([[[0.0, 2.0], [0.0, 1.0], [-1.0, 0.0]]]),
        torch.ones(1, 3, dtype=torch.bool),
        torch.tensor([[[[1.0, -1.0]], [[0.0, 0.0]]]]),
    )
    assert [float(d) for d in distances(one, other, False)] == pytest.approx([2, 2, 1])
    assert [float(d) for d in distances(one, other, True)] == pytest.approx([2])


def test_encoder_distance_compares_made_values_with_those_of_their_rows() -> None:
    def encode(values: object) -> Encoding:
        return Encoding(torch.tensor(values, dtype=torch.float32))

    made = Evaluated(
        values=[(1.0, 0.0), (1.0, 0.0)],
        references=Evaluated(values=[(5.0, 0.0), (0.0, 1.0)]),
        encode=encode,
    )
    real, other = Evaluated(values=[(1.0, 0.0)]), Evaluated(values=[(-1.0, 0.0)])
    (row,) = EncoderDistance(EncoderDistanceOptions()).measure(made, real, other)
    assert (row.value, row.floor, row.n) == pytest.approx((1, 4, 2))


def test_an_encoder_is_named_by_use() -> None:
    options = EncoderDistanceOptions.model_validate({"encoder": "core/dense"})
    assert EncoderDistance(options).encoder == {"use": "core/dense"}
    with pytest.raises(ValueError, match="use: ID"):
        EncoderDistanceOptions.model_validate({"encoder": {"dim": 3}})


# Samples and given values on a circle, by their angle in degrees.


def on_circle(*degrees: float) -> Tensor:
    angles = torch.tensor(degrees) * math.pi / 180
    return torch.stack([angles.cos(), angles.sin()], dim=1)


GIVEN = (0.0, 90.0, 90.0, 180.0)
MEANING = torch.tensor([7, 3, 3, 5])


def matched(*samples: float) -> Evaluated:
    return Evaluated(matched=Matched(on_circle(*samples), on_circle(*GIVEN), MEANING))


def test_a_sample_must_lie_nearest_to_its_own_given_value() -> None:
    """Of 10, 100, 50 and 80 degrees the last is nearer to 90 than to its own 180."""
    right = matched(10, 100, 50, 80)
    assert found(right.matched, 3) == 3
    (row,) = Retrieval(RetrievalOptions()).measure(right, matched(0, 90, 90, 180), right)
    assert (row.name, row.value, row.floor, row.n) == ("retrieval (1 of 3)", 0.75, 1.0, 4)
    assert row.low is not None
    assert row.low < 0.75
    two = Retrieval(RetrievalOptions(candidates=2)).measure(right, right, right)
    assert two[0].name == "retrieval (1 of 2)"


def test_samples_that_are_all_alike_find_nothing() -> None:
    same = Matched(on_circle(45, 45), on_circle(0, 90), torch.tensor([0, 1]))
    assert found(same, 2) <= 1
    collapsed = Matched(on_circle(45, 45), on_circle(30, 30), torch.tensor([0, 1]))
    assert found(collapsed, 2) == 0, "as near to another one is not right"


def test_equal_given_values_cannot_be_told_apart() -> None:
    one = Evaluated(matched=Matched(on_circle(0, 9), on_circle(0, 0), torch.tensor([4, 4])))
    assert Retrieval(RetrievalOptions()).measure(one, one, one) == []


def test_with_an_encoder_a_sample_must_lie_nearest_to_the_real_one_of_its_row() -> None:
    """Texts of angles: 10, 100 and 80 degrees find 0, 90 and not 180, which stand once each."""
    metric = Retrieval(RetrievalOptions(encoder={"use": "a/b"}))
    assert metric.needs == {"values", "references", "encode"}
    assert metric.encoder == {"use": "a/b"}

    def encode(values: Sequence[object]) -> Encoding:
        return Encoding(3 * on_circle(*(float(str(value)) for value in values)))

    real = Evaluated(values=["0", "90", "90", "180"])
    made = Evaluated(values=["10", "100", "50", "80"], references=real, encode=encode)
    (row,) = metric.measure(made, real, real)
    assert (row.name, row.value, row.floor) == ("real one found (1 of 3)", 0.75, None)
    same = Evaluated(values=["10", "20"], references=Evaluated(values=["0", "0"]), encode=encode)
    assert metric.measure(same, real, real) == []


def test_the_match_score_is_the_mean_cosine() -> None:
    (row,) = MatchScore(MatchScoreOptions()).measure(
        matched(60, 90, 90, 180), matched(0, 90, 90, 180), matched(0, 0, 0, 0)
    )
    assert (row.value, row.floor) == pytest.approx((3.5 / 4, 1))


# What is seen of samples


def test_a_part_is_computed_once_and_only_when_it_is_read() -> None:
    asked: list[str] = []

    def values() -> list[object]:
        asked.append("values")
        return ["a"]

    one = Evaluated(values=values)
    assert (one.has, asked) == ({"values"}, [])
    other = one.encoded_by(lambda some: Encoding(torch.zeros(len(some), 1)))
    assert other.has == {"values", "encode"}
    assert (list(one.values), list(other.values), asked) == (["a"], ["a"], ["values"])


def test_a_part_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match="reads references, which these samples do not have"):
        _ = Evaluated(values=[]).references
    with pytest.raises(UsageError, match="encode"):
        _ = Evaluated().encode
