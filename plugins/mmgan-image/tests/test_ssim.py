"""SSIM by hand, and by another computation of the same formula."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from mmgan_core.contracts import Evaluated
from mmgan_image.metrics.ssim import SSIM, SSIMOptions, ssim
from mmgan_image.modality.image_modality import ImageModality, ImageOptions


def test_of_even_pictures_only_the_levels_count() -> None:
    """Levels 0.2 and 0.6: (2 * 0.12 + 1e-4) / (0.04 + 0.36 + 1e-4), twice the same in channels."""
    one, other = torch.full((1, 2, 16, 16), 0.2), torch.full((1, 2, 16, 16), 0.6)
    assert ssim(one, other).item() == pytest.approx(0.2401 / 0.4001)


def test_equal_pictures_have_one_and_negatives_less_than_nothing() -> None:
    picture = torch.rand(3, 1, 16, 20, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(ssim(picture, picture), torch.ones(3, dtype=torch.float64))
    assert (ssim(picture, 1 - picture) < 0).all()


def test_a_picture_of_one_pixel_has_no_variance() -> None:
    one, other = torch.full((1, 1, 1, 2), 1.0), torch.zeros(1, 1, 1, 2)
    assert ssim(one, other).item() == pytest.approx(1e-4 / (1 + 1e-4))


def test_another_gaussian_filter_gives_the_same() -> None:
    """Truncated at 5 pixels to each side of the middle, where the whole window lies inside."""
    x, y = np.random.default_rng(0).random((2, 24, 18))

    def mean(picture: np.ndarray) -> np.ndarray:
        return gaussian_filter(picture, 1.5, radius=5)[5:-5, 5:-5]

    mx, my = mean(x), mean(y)
    vx, vy, vxy = mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my
    c1, c2 = 1e-4, 9e-4
    expected = (2 * mx * my + c1) * (2 * vxy + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    one, other = (torch.from_numpy(side)[None, None] for side in (x, y))
    assert ssim(one, other).item() == pytest.approx(expected.mean(), abs=1e-9)


def test_levels_are_those_of_the_modality() -> None:
    """Samples -0.6 and 0.2 are levels 0.2 and 0.6; other real ones are equal to the real ones."""
    modality = ImageModality(ImageOptions(channels=1, height=12, width=12))
    real = Evaluated(modality=modality, samples=torch.full((2, 1, 12, 12), 0.2))
    made = Evaluated(modality=modality, samples=torch.full((2, 1, 12, 12), -0.6), references=real)
    (row,) = SSIM(SSIMOptions()).measure(made, real, real)
    assert (row.name, row.better, row.n) == ("SSIM", "higher", 2)
    assert (row.value, row.floor) == pytest.approx((0.2401 / 0.4001, 1.0))
