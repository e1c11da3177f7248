"""CutMix, its draws drawn again: which row, which box, which share."""

from __future__ import annotations

from math import floor, sqrt

import pytest
import torch
from torch.distributions import Beta

from mmgan_core.contracts import SampleSpace
from mmgan_image.augment.cutmix import CutMix, CutMixOptions


@pytest.mark.parametrize(("height", "width"), [(8, 8), (4, 16), (1, 16), (16, 1)])
def test_boxes_are_what_is_drawn(height: int, width: int) -> None:
    """All rows by the same number; a share of Beta, folded; a box of its shape, anywhere."""
    module = CutMix(CutMixOptions(a=0.7), SampleSpace("image", (2, height, width)))
    like = torch.randn(5, 2, height, width)
    for seed in range(8):
        torch.manual_seed(seed)
        by = int(torch.randint(1, 5, ()))
        chance = Beta(torch.full((5,), 0.7), torch.full((5,), 0.7)).sample().tolist()
        draws = [torch.rand(5).tolist() for size in (height, width)]
        torch.manual_seed(seed)
        change = module.sample(like)
        found, rows = change(like), [(row + by) % 5 for row in range(5)]
        assert change.rows is not None
        assert change.share is not None
        assert change.augmentation_parameters is not None
        assert change.rows.tolist() == rows
        for row in range(5):
            other = min(chance[row], 1 - chance[row])
            side = sqrt(other) if min(height, width) > 1 else other
            spans = []
            for size, drawn in zip((height, width), draws, strict=True):
                long = floor(size * side) if size > 1 else 1
                start = floor(drawn[row] * (size - long + 1))
                spans.append(range(start, start + long))
            expected = like[row].clone()
            for y in spans[0]:
                for x in spans[1]:
                    expected[:, y, x] = like[rows[row], :, y, x]
            assert torch.equal(found[row], expected)
            kept = 1 - len(spans[0]) * len(spans[1]) / (height * width)
            assert change.share[row].item() == pytest.approx(kept)
            assert change.augmentation_parameters[row].tolist() == pytest.approx([2 * (1 - kept)])
    assert CutMix.num_augmentation_parameters == 1
    assert CutMixOptions().a == 1


def test_one_row_alone_stays() -> None:
    module = CutMix(CutMixOptions(), SampleSpace("image", (1, 4, 4)))
    like = torch.randn(1, 1, 4, 4)
    assert torch.equal(module.sample(like)(like), like)
