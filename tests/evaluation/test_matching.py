"""The matcher: its loss by hand, and that it learns which value belongs to which."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from mmgan_core.errors import DataError
from mmgan_core.evaluation.matching import (
    BATCH,
    Matcher,
    Side,
    matching_loss,
    meanings,
    trained_matcher,
)
from mmgan_core.foundation.files import cache_directory
from tests.training.by_hand import Rows, part

from .test_evaluator_by_hand import Picky, Plain


def test_the_loss_of_two_pairs() -> None:
    """Cosines 1 and 0, three times as sharp: -log(e^3 / (e^3 + 1)) both ways."""
    eye = torch.eye(2)
    loss = matching_loss(eye, eye, torch.tensor([0, 1]), torch.tensor(3.0))
    assert float(loss) == pytest.approx(math.log(1 + math.exp(-3)))


def test_rows_that_mean_the_same_all_match() -> None:
    """Three rows, the first two equal; all cosines 0: each way -log 1/3 whatever matches."""
    samples, given = torch.eye(3)[:, :2], torch.zeros(3, 2)
    loss = matching_loss(samples, given, torch.tensor([5, 5, 1]), torch.tensor(1.0))
    assert float(loss) == pytest.approx(math.log(3))
    # Rows 0 and 1 are near to both values of their meaning: nothing is pushed away by mistake.
    one = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    same = matching_loss(one, one, torch.tensor([5, 5, 1]), torch.tensor(50.0))
    alone = matching_loss(one, one, torch.tensor([5, 6, 1]), torch.tensor(50.0))
    assert float(same) == pytest.approx(math.log(2) * 2 / 3)
    assert float(same) == pytest.approx(float(alone))


def test_equal_values_have_equal_numbers() -> None:
    assert meanings(["b", "a", "b", 3]).tolist() == [0, 1, 0, 2]


def trained(table: Rows, samples: int = 60 * BATCH) -> Matcher:
    rows = np.arange(len(table))
    sides = (
        Side(part(Plain), part(Picky).build(), "n"),
        Side(part(Plain), part(Picky).build(), "twin"),
    )
    return trained_matcher(*sides, (table, table), (rows, rows), dim=8, samples=samples)


def kept() -> list[Path]:
    return sorted((cache_directory() / "matchers").glob("*.safetensors"))


def test_it_learns_which_belong_together_and_is_kept() -> None:
    """The second number is the first with its sign changed; unreadable rows teach nothing."""
    table = Rows(n=[-3.0, -1.0, 1.0, 3.0, -999.0], twin=[3.0, 1.0, -1.0, -3.0, 7.0])
    one = trained(table)
    found = one.match([-3.0, 3.0], [3.0, -3.0])
    cosines = found.samples @ found.given.T
    assert cosines[0, 0] > cosines[0, 1]
    assert cosines[1, 1] > cosines[1, 0]
    torch.testing.assert_close(found.samples.norm(dim=1), torch.ones(2))
    assert found.meaning.tolist() == [0, 1]
    assert one.name == "by-hand/plain + by-hand/plain"
    again = trained(table)
    assert len(kept()) == 1
    assert again.digest == one.digest
    trained(table, samples=BATCH)
    assert len(kept()) == 2


def test_values_that_are_all_equal_are_refused() -> None:
    with pytest.raises(DataError, match="all values of 'twin' are equal"):
        trained(Rows(n=[1.0, 2.0], twin=[3.0, 3.0]))
