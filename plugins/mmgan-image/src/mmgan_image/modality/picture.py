"""Reading pictures: any form of picture becomes a PIL image of eight bits a channel."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from mmgan_core import BadValue
from mmgan_image.modality.deep_grey import Range, eight_bits, is_deep
from mmgan_image.modality.without_metadata import without_metadata

MAX_MEGAPIXELS = 256.0
"""Phones take photos of up to 200 megapixels."""
# What a header may promise for nothing; every further pixel must be backed by bytes of the file.
_FREE_PIXELS = 8_000_000
_MOST_PIXELS_A_BYTE = 1_100  # of a compressed picture of one colour
_ORIENTATION = 0x0112
_SAYING_ORIENTATION = ("exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp")
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decode_picture(
    value: object, *, levels: Range | None = None, max_megapixels: float = MAX_MEGAPIXELS
) -> Image.Image:
    """A PIL image in mode L, LA, RGB or RGBA.

    Args:
        value: a path, encoded bytes, a PIL image, or an array (H, W) or (H, W, C) of uint8,
            uint16, or floats from 0 to 1; or a tensor (H, W) or (C, H, W) of uint8 or such floats.
        levels: the values of a deep grey picture that are black and white; by default, what its
            own values say: see ``range_of``.
        max_megapixels: a picture with more is refused before its pixels are read.

    Raises:
        BadValue: if it is missing, truncated, not a picture, or so large that it may be an attack;
            whatever a decoder raises becomes one.
    """
    picture = open_picture(value, max_megapixels)
    with _fenced(value):
        return eight_bits(picture, levels) if is_deep(picture) else _eight_bit(picture)


def open_picture(value: object, max_megapixels: float = MAX_MEGAPIXELS) -> Image.Image:
    """A picture in the mode in which Pillow reads it, upright.

    Raises:
        BadValue: as for ``decode_picture``.
    """
    with _fenced(value), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of metadata, which are not used
        return _opened(value, max_megapixels)


@contextmanager
def _fenced(value: object) -> Iterator[None]:
    try:
        yield
    except BadValue:
        raise
    except FileNotFoundError:
        raise BadValue(f"there is no file {value}") from None
    except UnidentifiedImageError:
        raise BadValue(f"{_name(value)} is not a picture") from None
    except Exception as error:  # what a foreign decoder may raise cannot be listed
        said = str(error) or type(error).__name__
        raise BadValue(f"{_name(value)} cannot be decoded: {said}") from None


def _opened(value: object, max_megapixels: float) -> Image.Image:
    if isinstance(value, Image.Image):
        return _turned(value)
    if isinstance(value, torch.Tensor):
        planes = value.detach().cpu()
        planes = planes.float() if planes.is_floating_point() else planes
        return _from_array((planes.movedim(0, -1) if planes.dim() == 3 else planes).numpy())
    if isinstance(value, np.ndarray):
        return _from_array(value)
    if not isinstance(value, (bytes, str, Path)):
        raise BadValue(
            f"a {type(value).__name__} is not a picture: give a path, bytes or a PIL image"
        )
    try:
        return _read(value, max_megapixels)
    except (BadValue, FileNotFoundError):
        raise
    except Exception:
        # Metadata that cannot be read never cost a picture.
        bare = without_metadata(value if isinstance(value, bytes) else Path(value).read_bytes())
        if bare is None:
            raise
        return _read(bare, max_megapixels)


def _read(value: bytes | str | Path, max_megapixels: float) -> Image.Image:
    size = len(value) if isinstance(value, bytes) else Path(value).stat().st_size
    with (
        _limit(max_megapixels),
        Image.open(io.BytesIO(value) if isinstance(value, bytes) else value) as image,
    ):
        _refuse_too_large(image, size, value, max_megapixels)
        return _turned(image)


@contextmanager
def _limit(max_megapixels: float) -> Iterator[None]:
    """Pillow's own limit, which is twice this number, as the options say."""
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = int(max_megapixels * 500_000) + 1
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(None, max_megapixels) from None
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _refuse_too_large(image: Image.Image, size: int, value: object, max_megapixels: float) -> None:
    pixels = image.width * image.height
    if pixels > max_megapixels * 1e6:
        raise _too_large(value, max_megapixels)
    if pixels > _FREE_PIXELS + _MOST_PIXELS_A_BYTE * size:
        raise BadValue(
            f"{_name(value)} says that it has {pixels / 1e6:.0f} megapixels, but has only "
            f"{size:,} bytes"
        )


def _too_large(value: object, max_megapixels: float) -> BadValue:
    name = _name(value) if value is not None else "the picture"
    return BadValue(
        f"{name} has too many pixels to be safe: more than max_megapixels: {max_megapixels:g}"
    )


def _turned(image: Image.Image) -> Image.Image:
    """Read the picture to its end, and turn it upright."""
    image.load()
    try:
        method = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # damaged EXIF says nothing
        method = None
    upright = image.copy() if method is None else image.transpose(method)
    for key in _SAYING_ORIENTATION:  # it may be decoded again
        upright.info.pop(key, None)
    return upright


def _from_array(array: np.ndarray) -> Image.Image:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if not array.size:
        raise BadValue(f"an array of shape {array.shape} holds nothing")
    if array.dtype.kind == "f":
        if not ((array >= 0) & (array <= 1)).all():
            raise BadValue("an array of floats must lie within 0 and 1")
        array = np.round(array * 255).astype(np.uint8)
    elif array.dtype == np.uint16:
        array = np.round(array / 257).astype(np.uint8)
    if (
        array.dtype != np.uint8
        or array.ndim not in (2, 3)
        or (array.ndim == 3 and array.shape[2] not in (2, 3, 4))
    ):
        raise BadValue(
            f"an array of shape {array.shape} and {array.dtype} is not a picture: "
            "arrays are (H, W) or (H, W, C), and tensors (C, H, W)"
        )
    return Image.fromarray(np.ascontiguousarray(array))


def _eight_bit(image: Image.Image) -> Image.Image:
    if image.mode in ("L", "RGB") and "transparency" in image.info:
        try:
            return image.convert(image.mode + "A")
        except Exception:  # a transparent colour that is none of the picture's
            return image
    if image.mode in ("L", "LA", "RGB", "RGBA"):
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image.convert("RGBA" if image.mode.endswith(("a", "A")) else "RGB")


def _name(value: object) -> str:
    return str(value) if isinstance(value, (str, Path)) else "the value"
