"""The benchmark of the speed of generators of text, on a tiny scale."""

from __future__ import annotations

import torch

from benchmarks.text_speed import COMPARED, generator, measured
from mmgan_core.contracts import Condition, ConditionSpace


def test_no_text_ends_so_that_all_pieces_are_made() -> None:
    for name in COMPARED:
        made = generator(name, (6, 5), 8, 1)
        condition = ConditionSpace(64).zeros(4)
        rows = made(torch.randn(4, made.noise_dim), Condition(condition.pooled))
        assert (rows.argmax(2) > 0).all()


def test_it_counts_pieces_a_second() -> None:
    found = measured((4, 5), 8, 1, [1, 2], 1)
    assert set(found) == set(COMPARED)
    assert all(rate > 0 for rates in found.values() for rate in rates.values())
