"""Which places are real, and what counts of them, number by number."""

from __future__ import annotations

import pytest
import torch

from mmgan_core.contracts import (
    Condition,
    Critique,
    Encoding,
    coarser,
    cut,
    mean_where,
    row_means,
)
from mmgan_core.contracts.places import along

TWO = torch.tensor([[[1.0, 2.0, 3.0, 4.0]], [[5.0, 6.0, 7.0, 8.0]]])  # (B, 1, T)
ENDS = torch.tensor([[[True, True, False, False]], [[True, True, True, False]]])


def test_means_are_of_real_places_each_as_much_as_any_other() -> None:
    assert mean_where(TWO, ENDS).item() == pytest.approx((1 + 2 + 5 + 6 + 7) / 5)
    assert row_means(TWO, ENDS).tolist() == [1.5, 6]
    assert torch.equal(mean_where(TWO, None), TWO.mean())
    assert row_means(TWO, None).tolist() == [2.5, 6.5]
    assert row_means(TWO, torch.zeros(2, 1, 4, dtype=torch.bool)).tolist() == [0, 0]


def test_padding_may_hold_anything_and_gets_no_gradient() -> None:
    hostile = TWO.masked_fill(~ENDS, torch.inf).requires_grad_()
    mean_where(cut(hostile, ENDS).square(), ENDS).backward()
    assert hostile.grad is not None
    assert hostile.grad[~ENDS].tolist() == [0, 0, 0]
    assert hostile.grad[ENDS].tolist() == pytest.approx([2 / 5 * v for v in (1, 2, 5, 6, 7)])


def test_what_is_cut_holds_the_padding() -> None:
    assert cut(TWO, None) is TWO
    assert cut(TWO, ENDS, -1.0).tolist() == [[[1, 2, -1, -1]], [[5, 6, 7, -1]]]
    # The end of a text: every place gets the same row.
    text = torch.zeros(1, 2, 3)
    ended = cut(text, torch.tensor([[[True], [False]]]), torch.tensor([1.0, 0.0, 0.0]))
    assert ended.tolist() == [[[0, 0, 0], [1, 0, 0]]]


def test_a_coarser_place_is_real_if_any_of_its_places_is() -> None:
    line = torch.arange(10) < torch.tensor([[[4]], [[5]], [[0]], [[10]]])
    assert coarser(line, 4)[:, 0].int().tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 0], [1, 1, 1]]
    square = torch.zeros(1, 1, 4, 6, dtype=torch.bool)
    square[..., 1:2, 3:] = True
    assert coarser(square, 2)[0, 0].int().tolist() == [[0, 1, 1], [0, 0, 0]]


def test_places_of_one_kind_along_another() -> None:
    frames = torch.tensor([[True, False], [True, True]])
    wave = along(frames, (1, 6), (1,))
    assert wave.shape == (2, 1, 6)
    assert wave[:, 0].int().tolist() == [[1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1]]
    canvas = along(frames, (1, 3, 2), (2,))
    assert canvas.shape == (2, 1, 3, 2)
    assert canvas[0, 0].int().tolist() == [[1, 0]] * 3
    text = along(frames, (2, 5), (0,))
    assert text.shape == (2, 2, 1)
    picture = along(torch.eye(2, dtype=torch.bool)[None], (3, 4, 2), (1, 2))
    assert picture.shape == (1, 1, 4, 2)
    assert picture[0, 0].int().tolist() == [[1, 0], [1, 0], [0, 1], [0, 1]]


def test_a_critique_counts_its_real_logits() -> None:
    logits = torch.tensor([[1.0, 3.0, 100.0], [5.0, 100.0, 100.0]])
    places = torch.tensor([[True, True, False], [True, False, False]])
    critique = Critique(logits, places=places)
    assert critique.mean(logits).item() == 3
    assert critique.row_means(logits).tolist() == [2, 5]
    assert torch.equal(Critique(logits).mean(logits), logits.mean())


def test_places_go_where_a_condition_goes() -> None:
    condition = Condition(torch.zeros(2, 1, requires_grad=True), places=ENDS)
    rows = torch.tensor([1, 1, 0])
    assert torch.equal(condition.take(rows).places, ENDS[rows])  # type: ignore[arg-type]
    for same in (condition.detach(), condition.float(), condition.bounded()):
        assert same.places is not None
        assert same.places.dtype == torch.bool
        assert torch.equal(same.places, ENDS)
    assert torch.equal(Encoding(torch.zeros(2, 1), places=ENDS).take(rows).places, ENDS[rows])  # type: ignore[arg-type]
