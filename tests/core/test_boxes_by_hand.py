"""Boxes of what is missing, their draws drawn again."""

from __future__ import annotations

from math import sqrt

import pytest
import torch

from mmgan_core.foundation.boxes import boxes


def test_a_gap_of_a_line() -> None:
    """Half of eight places, in the middle; a third of seven is 2, from the second on."""
    mask = boxes((1, 8), torch.tensor([0.5, 0.25]), centred=True)
    assert mask.tolist() == [[[0, 0, 1, 1, 1, 1, 0, 0]], [[0, 0, 0, 1, 1, 0, 0, 0]]]
    odd = boxes((7,), torch.tensor([1 / 3]), centred=True)
    assert odd.tolist() == [[0, 0, 1, 1, 0, 0, 0]]


def test_a_centred_box_has_the_shape_of_the_picture() -> None:
    """A quarter: half of each side."""
    mask = boxes((1, 4, 8), torch.tensor([0.25]), centred=True)[0, 0]
    assert mask.sum() == 2 * 4
    assert mask[1:3, 2:6].all()


def test_a_gap_is_anywhere_evenly() -> None:
    torch.manual_seed(3)
    drawn = torch.rand(200)
    torch.manual_seed(3)
    mask = boxes((10,), torch.full((200,), 0.3))
    assert mask.sum(1).tolist() == [3] * 200
    assert mask.argmax(1).tolist() == (drawn * 8).floor().int().tolist()


@pytest.mark.parametrize("share", [0.1, 0.3, 0.9])
def test_a_box_has_any_aspect_and_its_area(share: float) -> None:
    """Sides times 2^(-0.5..0.5) and its inverse, as far as they fit."""
    torch.manual_seed(3)
    aspect, tops, lefts = torch.rand(50), torch.rand(50), torch.rand(50)
    torch.manual_seed(3)
    mask = boxes((1, 20, 40), torch.full((50,), share))[:, 0]
    for row in range(50):
        stretch = 2 ** (aspect[row].item() - 0.5)
        stretch = min(max(stretch, sqrt(share)), 1 / sqrt(share))
        height, width = round(20 * sqrt(share) * stretch), round(40 * sqrt(share) / stretch)
        top = int(tops[row] * (20 - height + 1))
        left = int(lefts[row] * (40 - width + 1))
        expected = torch.zeros(20, 40)
        expected[top : top + height, left : left + width] = 1
        assert torch.equal(mask[row], expected)


def test_something_is_always_missing_and_no_more_than_all() -> None:
    assert boxes((5,), torch.tensor([0.0, 1.0])).sum(1).tolist() == [1, 5]
    assert boxes((4, 4), torch.tensor([0.0, 1.0])).flatten(1).sum(1).tolist() == [1, 16]
    assert boxes((1, 1), torch.tensor([0.3])).tolist() == [[[1]]]
    assert boxes((3,), torch.tensor([0.5])).dtype == torch.float32


def test_three_dimensions_have_equal_sides() -> None:
    """An eighth: half of each side."""
    mask = boxes((1, 2, 1, 4, 8), torch.tensor([0.125]), centred=True)
    assert mask.shape == (1, 1, 2, 1, 4, 8)
    assert mask[0, 0, :, 0].sum((1, 2)).tolist() == [8, 0]
    assert mask[0, 0, 0, 0, 1:3, 2:6].all()
    anywhere = boxes((4, 4, 4), torch.full((30,), 0.125))
    assert anywhere.flatten(1).sum(1).tolist() == [8] * 30
