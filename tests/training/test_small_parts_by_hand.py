"""Holes, mismatched rows, readings and the word on health, number by number."""

from __future__ import annotations

from math import exp, log

import pytest
import torch
from torch import nn

from mmgan_core.contracts import Encoding
from mmgan_core.health.words import health
from mmgan_core.recipe.schema import Repair
from mmgan_core.training.auxiliary_classifier import reading_loss
from mmgan_core.training.learning import learning_of, teach_only
from mmgan_core.training.masks import sampled_masks
from mmgan_core.training.matching_aware import mismatched
from tests.training.by_hand import Numbers, column, part


class Noting(Numbers):
    """Of the shape ``all`` everything is missing, of ``none`` nothing; it notes what is asked."""

    mask_kinds = ("none",)

    def sample_masks(self, mask_kind: str, count: int, low: float, high: float) -> torch.Tensor:
        self.__dict__.setdefault("asked", []).append((mask_kind, count, low, high))
        return torch.full((count, 1), float(mask_kind in ("all", "centre")))


def noting() -> Noting:
    built: Noting = part(Noting).build()
    return built


def test_what_is_missing_is_the_middle_of_the_range() -> None:
    rule = Repair(masks=["all"], smallest=0.25, largest=0.75)
    modality = noting()
    (found,) = sampled_masks({"x": column(5.0, 6.0)}, {"x": modality}, {"x": rule}).values()
    assert found.known[:, 0].tolist() == [2, 2]
    assert found.mask[:, 0].tolist() == [1, 1]
    assert modality.asked == [("all", 2, 0.25, 0.75)]  # type: ignore[attr-defined]
    assert sampled_masks({"x": column(5.0)}, {"x": modality}, {}) == {}


class Pictured(Noting):
    """Two by two places, of which nothing is missing."""

    def sample_masks(self, mask_kind: str, count: int, low: float, high: float) -> torch.Tensor:
        return torch.zeros(count, 1, 2, 2)


def test_of_some_pictures_every_place_is_missing() -> None:
    torch.manual_seed(0)
    rule = Repair(masks=["none"], everything=0.5)
    pictures = {"x": torch.zeros(3, 1, 2, 2)}
    (found,) = sampled_masks(pictures, {"x": part(Pictured).build()}, {"x": rule}).values()
    torch.manual_seed(0)
    torch.randint(1, (3,))
    missing = torch.rand(3) < 0.5
    assert 0 < missing.sum() < 3
    assert torch.equal(found.mask, missing.float()[:, None, None, None].expand(3, 1, 2, 2))


def test_each_row_has_one_of_the_shapes() -> None:
    """By default the centre and those of the modality, half of the rows each."""
    torch.manual_seed(0)
    (found,) = sampled_masks(
        {"x": torch.zeros(4_000, 1)}, {"x": noting()}, {"x": Repair()}
    ).values()
    assert found.mask.mean().item() == pytest.approx(0.5, abs=0.03)
    torch.manual_seed(0)
    drawn = torch.randint(2, (4_000,))  # 0: centre
    assert torch.equal(found.mask[:, 0], 1.0 - drawn)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0.0), (0.3, 0.3), (1.0, 1.0)])
def test_of_some_rows_everything_is_missing(share: float, expected: float) -> None:
    torch.manual_seed(0)
    rule = Repair(masks=["none"], everything=share)
    (found,) = sampled_masks({"x": torch.zeros(4_000, 1)}, {"x": noting()}, {"x": rule}).values()
    assert found.mask.mean().item() == pytest.approx(expected, abs=0.03)


# Mismatched rows


def encoded(*values: float) -> Encoding:
    return Encoding(column(*values))


def test_another_row_is_drawn_by_the_largest_draw_of_those_that_differ() -> None:
    """One entry: its draws come first, then those of the rows."""
    shown = {"a": torch.ones(3, dtype=torch.bool)}
    for seed in range(20):
        torch.manual_seed(seed)
        torch.rand(1, 3)
        draws = torch.rand(3, 3)
        expected = [
            max((j for j in range(3) if j != i), key=lambda j: draws[i, j]) for i in range(3)
        ]
        torch.manual_seed(seed)
        found = mismatched({"a": encoded(1, 2, 3)}, shown, torch.arange(3))["a"]
        assert found.tolist() == expected


def test_entries_are_drawn_evenly() -> None:
    torch.manual_seed(0)
    rows = 600
    values, shown = torch.arange(rows).float(), torch.ones(rows, dtype=torch.bool)
    both = {name: encoded(*values.tolist()) for name in "ab"}
    found = mismatched(both, {"a": shown, "b": shown}, torch.arange(rows))
    changed = {name: found[name] != torch.arange(rows) for name in "ab"}
    assert (changed["a"] ^ changed["b"]).all(), "one thing at a time"
    assert changed["a"].float().mean().item() == pytest.approx(0.5, abs=0.08)


def test_encodings_of_several_numbers_differ_in_any() -> None:
    encodings = {"a": Encoding(torch.tensor([[1.0, 2.0], [1.0, 3.0]]))}
    shown = {"a": torch.ones(2, dtype=torch.bool)}
    assert mismatched(encodings, shown, torch.arange(2))["a"].tolist() == [1, 0]


# Readings


def test_a_reading_is_compared_with_every_condition() -> None:
    """Lengths do not count: 1 for the same direction, -1 for the opposite, at 0.1.

    Row 0 reads its own: -log 1 / (1 + e^-20); row 1 reads the other: 20 more.
    """
    condition = column(2.0, -0.5)
    found = reading_loss(column(3.0, 0.1), condition, torch.arange(2)).item()
    small = log(1 + 2.718281828459045**-20)
    assert found == pytest.approx((small + 20 + small) / 2, rel=1e-5)


def test_of_several_that_are_right_the_mean_counts() -> None:
    """Three rows, two of one meaning: of row 0, (0 + 20) / 2; likewise of row 1; of row 2, log 2.

    Row 0 reads + where conditions are +, -, +.
    """
    condition = column(1.0, -1.0, 2.0)
    found = reading_loss(column(1.0, 1.0, 1.0), condition, torch.tensor([5, 5, 6])).item()
    assert found == pytest.approx((10 + 10 + 0) / 3 + log(2), rel=1e-4)


def test_a_condition_that_is_the_same_is_right_too() -> None:
    """Conditions (1, 0), (0, 2), (1, 0), and the first two rows mean the same.

    So all three are right for row 0, the first two for row 1, the first and its own for row 2.
    Their cosines to what is read, times ten: (6, 8, 6), (0, 10, 0), (10, 0, 10).
    """
    condition = torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, 0.0]])
    reading = torch.tensor([[3.0, 4.0], [0.0, 1.0], [5.0, 0.0]])
    found = reading_loss(reading, condition, torch.tensor([4, 4, 5])).item()
    rows = (
        log(2 * exp(6) + exp(8)) - (6 + 8 + 6) / 3,
        log(2 + exp(10)) - (0 + 10) / 2,
        log(2 * exp(10) + 1) - (10 + 10) / 2,
    )
    assert found == pytest.approx(sum(rows) / 3, rel=1e-5)


def test_readings_are_compared_in_single_precision() -> None:
    half = reading_loss(column(1.0, -1.0).bfloat16(), column(1.0, -1.0).bfloat16(), torch.arange(2))
    assert half.dtype == torch.float32


# The word on health


@pytest.mark.parametrize(
    ("discriminator_accuracy", "diversity", "word"),
    [
        (0.7, 1.0, "healthy"),
        (0.7, 4.1, "exploding"),
        (0.7, 4.0, "healthy"),
        (0.7, 0.24, "collapsing"),
        (0.7, 0.25, "healthy"),
        (0.995, 1.0, "D far ahead"),
        (0.99, 1.0, "healthy"),
        (0.34, 1.0, "D lost"),
        (0.35, 1.0, "healthy"),
        (0.2, 9.0, "exploding"),
        (0.995, 0.1, "collapsing"),
        (0.7, None, "healthy"),
    ],
)
def test_one_word(discriminator_accuracy: float, diversity: float | None, word: str) -> None:
    metrics = {"x/discriminator_accuracy": discriminator_accuracy}
    if diversity is not None:
        metrics["x/diversity"] = diversity
    assert health(metrics, "x") == word
    assert health(metrics, "y") == "auxiliary losses alone"


# What learns


def test_what_is_frozen_does_not_learn() -> None:
    module = nn.Linear(1, 1)
    module.bias.requires_grad_(False)
    assert learning_of(module) == {"weight": module.weight}


def test_in_a_phase_one_side_learns_alone() -> None:
    one, two, other, frozen = (nn.Parameter(torch.zeros(1)) for _ in range(4))
    frozen.requires_grad_(False)
    sides = {"a": [one, two], "b": [other]}
    for side, expected in (("a", [True, True, False]), ("b", [False, False, True])):
        teach_only(sides, side)
        assert [weight.requires_grad for weight in (one, two, other)] == expected
    assert not frozen.requires_grad, "of no side: it is not touched"
