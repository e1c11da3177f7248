"""A smooth fill keeps what is known and goes on with it."""

import torch

from mmgan_image.blocks.smooth_fill import smooth_fill


def box(height: int = 21, width: int = 18) -> torch.Tensor:
    mask = torch.zeros(1, 1, height, width)
    mask[..., 5:14, 4:13] = 1
    return mask


def test_it_keeps_what_is_known_and_one_colour_goes_on() -> None:
    known, mask = torch.rand(2, 3, 21, 18), box()
    filled = smooth_fill(known * (1 - mask), mask, 4)
    assert torch.equal(filled * (1 - mask), known * (1 - mask))
    flat = torch.full((1, 3, 21, 18), 0.3)
    torch.testing.assert_close(smooth_fill(flat * (1 - mask), mask, 4), flat)


def test_more_steps_come_nearer_to_a_harmonic_slope() -> None:
    slope = torch.linspace(-1, 1, 18).expand(1, 1, 21, 18)
    apart = [
        float((smooth_fill(slope * (1 - box()), box(), steps) - slope).abs().max())
        for steps in (0, 4, 64)
    ]
    assert apart[0] > 2 * apart[1] > 8 * apart[2]
    assert apart[2] < 0.02


def test_missing_places_are_not_seen_and_nothing_known_becomes_zero() -> None:
    known, mask = torch.rand(1, 1, 21, 18), box()
    torch.testing.assert_close(smooth_fill(known, mask, 2), smooth_fill(known + 5 * mask, mask, 2))
    everything = torch.ones(1, 1, 21, 18)
    assert torch.equal(smooth_fill(known, everything, 2), 0 * known)


def test_masks_broadcast() -> None:
    columns = torch.zeros(1, 1, 1, 18)
    columns[..., 6:] = 1
    known = torch.rand(2, 1, 21, 18)
    assert torch.equal(
        smooth_fill(known, columns, 2), smooth_fill(known, columns.expand(2, 1, 21, 18), 2)
    )
