"""Edges: steep places are white, flat ones black, and a picture's border is none."""

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from mmgan_image.modality.edges import edges
from mmgan_image.modality.image_modality import ImageModality, ImageOptions


def test_a_step_from_black_to_white_is_white_on_both_of_its_sides() -> None:
    levels = np.zeros((4, 6, 1), dtype=np.uint8)
    levels[:, 3:] = 255
    assert edges(levels)[..., 0].tolist() == [[0, 0, 255, 255, 0, 0]] * 4
    assert edges(levels.transpose(1, 0, 2))[..., 0].T.tolist() == [[0, 0, 255, 255, 0, 0]] * 4


def test_the_gradient_of_a_slope_is_its_steepness() -> None:
    """Sobel's filter of a slope by 10 a pixel across and 20 down: 8 times each, a quarter of it."""
    y, x = np.mgrid[:5, :5]
    slope = (10 * x + 20 * y).astype(np.uint8)[..., None]
    assert edges(slope)[2, 2, 0] == round(2 * np.hypot(10, 20))
    assert not edges(np.full((3, 3, 2), 200, dtype=np.uint8)).any()


def test_the_modality_keeps_edges_of_the_picture_at_its_own_size() -> None:
    picture = Image.new("RGB", (8, 8), "white")
    picture.paste("black", (0, 0, 8, 4))
    plain, drawn = (
        ImageModality(ImageOptions(channels=1, height=4, width=4, edges=keep, resample="nearest"))
        for keep in (False, True)
    )
    assert plain.prepare([picture])[0, 0, :, 0].tolist() == [0, 0, 255, 255]
    assert drawn.prepare([picture])[0, 0, :, 0].tolist() == [0, 255, 255, 0]


def test_what_is_transparent_has_no_edges() -> None:
    with pytest.raises(ValidationError, match="edges: channels must be 1 or 3, not 4"):
        ImageOptions(channels=4, edges=True)
