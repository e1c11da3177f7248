"""The regions of a picture: without one, it has the mean colour there."""

from __future__ import annotations

import numpy as np
from PIL import Image

from mmgan_image.modality.regions import parts_of, picture_without

LEVELS = np.random.default_rng(0).integers(0, 255, (8, 12, 3), dtype=np.uint8)


def test_a_region_has_the_mean_colour_and_the_others_stay() -> None:
    picture = Image.fromarray(LEVELS)
    names = parts_of(picture)["regions"]
    assert names[6] == "row 2, column 3"
    left = np.array(picture_without(picture, [6]))
    mean = LEVELS.reshape(-1, 3).mean(0).round()
    assert (left[2:4, 6:9] == mean).all()
    left[2:4, 6:9] = LEVELS[2:4, 6:9]
    assert (left == LEVELS).all()
    assert picture_without(picture, range(16)) is None


def test_grey_and_transparent_pictures_keep_their_mode() -> None:
    for mode in ("L", "LA", "RGBA"):
        picture = Image.fromarray(LEVELS).convert(mode)
        left = picture_without(picture, [0, 15])
        assert left is not None
        assert left.mode == mode
        assert left.size == picture.size
