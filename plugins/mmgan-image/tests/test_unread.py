"""The sides of a picture that is cropped are said, and those that are not are not."""

from __future__ import annotations

import pytest
from PIL import Image

from mmgan_image.modality.image_modality import ImageModality


def modality(**options: object) -> ImageModality:
    sizes = {"channels": 3, "height": 16, "width": 16, **options}
    return ImageModality(ImageModality.Options.model_validate(sizes))


def test_a_picture_of_another_shape_is_cropped_and_says_so() -> None:
    said = modality().unread(Image.new("RGB", (640, 480)))
    assert said == "only the middle 480 x 480 of its 640 x 480 pixels are read"
    tall = modality(width=32).unread(Image.new("RGB", (64, 64)))
    assert tall == "only the middle 64 x 32 of its 64 x 64 pixels are read"


@pytest.mark.parametrize("size", [(16, 16), (480, 480), (485, 480), (3, 3)])
def test_a_picture_of_about_this_shape_says_nothing(size: tuple[int, int]) -> None:
    assert modality().unread(Image.new("RGB", size)) == ""


@pytest.mark.parametrize("fit", ["pad", "stretch"])
def test_a_picture_that_is_not_cropped_says_nothing(fit: str) -> None:
    assert modality(fit=fit).unread(Image.new("RGB", (640, 480))) == ""
