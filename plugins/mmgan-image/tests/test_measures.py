"""What is measured of pictures, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mmgan_image.modality.measures import measures_of_pictures


def measured(levels: np.ndarray) -> dict[str, float]:
    picture = Image.fromarray(levels)
    return {name: measure(picture) for name, measure in measures_of_pictures().items()}


def blank(background: int = 0) -> np.ndarray:
    return np.full((5, 5), background, dtype=np.uint8)


def test_a_dot_is_where_it_is() -> None:
    levels = blank()
    levels[1, 3] = 255  # a quarter of a side above the middle, and a quarter right of it
    found = measured(levels)
    assert found["ink"] == pytest.approx(1 / 25)
    assert (found["right"], found["down"]) == pytest.approx((0.25, -0.25))
    assert (found["width"], found["height"], found["slant"]) == pytest.approx((0, 0, 0))


def test_a_line_has_a_width_or_a_height_or_a_slant() -> None:
    across, along, leaning = blank(), blank(), blank()
    across[2, 1:4] = along[1:4, 2] = 255
    for at in range(1, 4):
        leaning[at, 4 - at] = 255  # as in a slash
    spread = (2 / 3) ** 0.5 * 0.25
    assert measured(across)["width"] == pytest.approx(spread)
    assert measured(across)["height"] == pytest.approx(0)
    assert measured(along)["height"] == pytest.approx(spread)
    assert measured(along)["width"] == pytest.approx(0)
    assert measured(leaning)["slant"] == pytest.approx(1)
    assert measured(leaning[:, ::-1].copy())["slant"] == pytest.approx(-1)


def test_ink_is_what_differs_from_the_border_whatever_its_colour() -> None:
    dark = blank(255)
    dark[1, 3] = 0
    light = blank()
    light[1, 3] = 255
    assert measured(dark) == pytest.approx(measured(light))
    assert measured(blank(77))["ink"] == 0
