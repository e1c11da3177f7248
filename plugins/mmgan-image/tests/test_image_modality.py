"""Pictures of every kind that a user may hand over."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mmgan_core.contracts import Column
from mmgan_core.errors import BadValue
from mmgan_image.modality.image_modality import ImageModality, ImageOptions
from mmgan_image.modality.picture import decode_picture

GREY = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def modality(**options: object) -> ImageModality:
    return ImageModality(ImageOptions.model_validate(options))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_pictures_of_the_right_size_come_back_exactly(channels: int) -> None:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (5, 7, channels), dtype=np.uint8)
    picture = Image.fromarray(pixels if channels > 1 else pixels[:, :, 0])
    images = modality(channels=channels, height=5, width=7)
    sample = images.to_sample(images.prepare([encoded(picture)]))
    assert sample.shape == (1, channels, 5, 7)
    assert sample.min() >= -1
    assert sample.max() <= 1
    (back,) = images.present(sample)
    assert np.array_equal(np.asarray(back), np.asarray(picture))


def test_every_form_of_one_picture_is_the_same(tmp_path: Path) -> None:
    picture = Image.fromarray(GREY)
    picture.save(tmp_path / "Bild ä.png")
    forms = [
        picture,
        encoded(picture),
        tmp_path / "Bild ä.png",
        str(tmp_path / "Bild ä.png"),
        GREY,
        GREY[:, :, None],
        GREY / 255.0,
        GREY.astype(np.uint16) * 257,
        encoded(picture, "TIFF"),
        encoded(picture, "GIF"),
    ]
    images = modality(channels=1, height=6, width=8)
    first, *others = images.prepare(forms)
    for other in others:
        assert torch.equal(first, other)


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    deep = Image.fromarray(GREY.astype(np.uint16) * 257)
    assert np.array_equal(np.asarray(decode_picture(encoded(deep))), GREY)


def test_transparency_is_laid_over_white() -> None:
    clear = Image.new("RGBA", (4, 4), (10, 20, 30, 0))
    images = modality(channels=3, height=4, width=4)
    assert images.prepare([clear]).unique().tolist() == [255]
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([10, 20, 30] + [0] * 765)
    palette.info["transparency"] = 0
    assert images.prepare([encoded(palette, transparency=0)]).unique().tolist() == [255]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "F", "YCbCr"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_any_mode_to_any_channels(mode: str, channels: int) -> None:
    images = modality(channels=channels, height=9, width=3)
    assert images.prepare([Image.new(mode, (8, 5))]).shape == (1, channels, 9, 3)


def test_orientation_is_heeded() -> None:
    picture = Image.fromarray(GREY)
    exif = picture.getexif()
    exif[0x0112] = 6  # lying on its side
    assert decode_picture(encoded(picture, "JPEG", exif=exif)).size == (6, 8)


@pytest.mark.parametrize(("fit", "corner"), [("crop", 9), ("pad", 200), ("stretch", 9)])
def test_another_aspect(fit: str, corner: int) -> None:
    wide = Image.new("L", (40, 10), 9)
    images = modality(channels=1, height=8, width=8, fit=fit, fill=200, resample="nearest")
    assert images.prepare([wide])[0, 0, 0, 0].item() == corner


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b"no picture", "is not a picture"),
        (encoded(Image.fromarray(GREY))[:-30], "cannot be decoded"),
        ("gone.png", "there is no file gone.png"),
        (3, "a int is not a picture"),
        (np.zeros((2, 2, 7), np.uint8), "is not a picture"),
        (b"", "is not a picture"),
    ],
    ids=range(6),
)
def test_what_cannot_be_read(value: object, says: str) -> None:
    with pytest.raises(BadValue, match=says):
        modality().prepare([value])


def test_a_bomb_is_refused() -> None:
    with pytest.raises(BadValue, match="too many pixels"):
        decode_picture(encoded(Image.fromarray(GREY)), max_megapixels=40e-6)


def test_suggestions_follow_the_data() -> None:
    column = Column("image", "image")
    grey = [encoded(Image.new("L", (30, 18)))] * 3 + [b"broken"]
    assert ImageModality.suggest(column, grey) == {"channels": 1, "height": 16, "width": 32}
    large = [Image.new("RGB", (3000, 2000))]
    assert ImageModality.suggest(column, large) == {"channels": 3, "height": 64, "width": 64}
    assert ImageModality.suggest(column, [b"broken"]) == {}


def test_saving_and_showing(tmp_path: Path) -> None:
    images = modality(channels=1, height=6, width=8)
    file = images.save(Image.fromarray(GREY), tmp_path / "one")
    assert np.array_equal(np.asarray(Image.open(file)), GREY)
    assert images.render(Image.fromarray(GREY)).size == (64, 48)
