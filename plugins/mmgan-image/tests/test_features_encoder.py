"""Features of pictures without weights, worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from mmgan_image.modality.image_modality import ImageModality
from mmgan_image.networks.features_encoder import (
    FeaturesEncoder,
    FeaturesEncoderOptions,
    orientations,
)


def encoder(**options: object) -> FeaturesEncoder:
    modality = ImageModality(ImageModality.Options(channels=1, height=8, width=8))
    return FeaturesEncoder(FeaturesEncoderOptions(**{"dim": 0, **options}), modality)


def ramp(across: float, down: float) -> torch.Tensor:
    """A grey level that grows by so much with each pixel, (1, 1, 8, 8)."""
    at = torch.arange(8) * 1.0
    return (across * at[None, :] + down * at[:, None])[None, None]


@pytest.mark.parametrize(
    ("across", "down", "shares"),
    [
        (0.1, 0.0, [1.0, 0.0, 0.0, 0.0]),
        (-0.1, 0.0, [1.0, 0.0, 0.0, 0.0]),  # half a turn further is the same direction
        (0.0, 0.1, [0.0, 0.0, 1.0, 0.0]),
        (0.1, 0.1, [0.0, 1.0, 0.0, 0.0]),
        (0.1, -0.1, [0.0, 0.0, 0.0, 1.0]),
    ],
)
def test_a_ramp_has_one_direction(across: float, down: float, shares: list[float]) -> None:
    """The middle of a picture, as slopes at the border are halved."""
    found = orientations(ramp(across, down), 4, 4)[0, :, 1:3, 1:3]
    assert (found / found.sum(0)).mean((1, 2)).tolist() == pytest.approx(shares, abs=1e-4)


def test_between_two_directions_both_count() -> None:
    """22.5 degrees lie in the middle of two of four bins of 45."""
    across, down = 0.1 * math.cos(math.pi / 8), 0.1 * math.sin(math.pi / 8)
    found = orientations(ramp(across, down), 4, 4)
    middle = found[0, :, 1:3, 1:3]
    assert (middle / middle.sum(0)).mean((1, 2)).tolist() == pytest.approx(
        [0.5, 0.5, 0.0, 0.0], abs=1e-3
    )


def test_contrast_hardly_matters_and_a_flat_picture_has_no_directions() -> None:
    strong, weak = orientations(ramp(0.2, 0.1), 2, 4), orientations(ramp(0.1, 0.05), 2, 4)
    assert torch.allclose(strong, weak, atol=0.02)
    assert orientations(torch.zeros(1, 1, 8, 8), 2, 4).abs().max() < 1e-3


def test_colours_stand_first() -> None:
    picture = torch.zeros(1, 1, 8, 8)
    picture[..., 4:, :4] = 1
    found = encoder(cells=2, bins=3).of_sample(picture).pooled
    assert found.shape == (1, 4 + 3 * 4)
    assert found[0, :4].tolist() == [0, 0, 1, 0]


def test_nothing_learns_without_a_size() -> None:
    assert not list(encoder().parameters())
    assert [tuple(p.shape) for p in encoder(dim=5, cells=2, bins=3).parameters()] == [(5, 16), (5,)]
