"""Reading pictures: any form of picture becomes a PIL image of eight bits a channel."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

from mmgan_core import BadValue


def decode_picture(value: object) -> Image.Image:
    """A PIL image in mode L, LA, RGB or RGBA.

    Args:
        value: a path, encoded bytes, a PIL image, or an array (H, W) or (H, W, C) of uint8,
            uint16, or floats from 0 to 1; or a tensor (H, W) or (C, H, W) of uint8 or such floats.

    Raises:
        BadValue: if it is missing, truncated, not a picture, or so large that it may be an attack.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _eight_bit(_opened(value))
    except FileNotFoundError:
        raise BadValue(f"there is no file {value}") from None
    except UnidentifiedImageError:
        raise BadValue(f"{_name(value)} is not a picture") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadValue(f"{_name(value)} has too many pixels to be safe") from None
    except (OSError, SyntaxError, ValueError, EOFError, TypeError) as error:
        if isinstance(error, BadValue):
            raise
        raise BadValue(f"{_name(value)} cannot be decoded: {error}") from None


def _opened(value: object) -> Image.Image:
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
    with Image.open(io.BytesIO(value) if isinstance(value, bytes) else value) as image:
        return _turned(image)


def _turned(image: Image.Image) -> Image.Image:
    """Read the picture to its end, and turn it upright."""
    image.load()
    return ImageOps.exif_transpose(image)


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
        return image.convert(image.mode + "A")
    if image.mode in ("L", "LA", "RGB", "RGBA"):
        return image
    if image.mode.startswith("I") or image.mode == "F":
        return _from_deep_grey(image)
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image.convert("RGBA" if image.mode.endswith(("a", "A")) else "RGB")


def _from_deep_grey(image: Image.Image) -> Image.Image:
    # PIL opens 16-bit greys as I or I;16 and would clip them to 255 on conversion.
    levels = np.asarray(image, dtype=np.float64)
    if image.mode == "F" and np.max(levels, initial=0) <= 1:
        scaled = levels * 255
    else:
        scaled = (
            levels
            if np.max(levels, initial=0) <= 255 and image.mode in ("I", "F")
            else levels / 257
        )
    return Image.fromarray(np.round(scaled.clip(0, 255)).astype(np.uint8))


def _name(value: object) -> str:
    return str(value) if isinstance(value, (str, Path)) else "the value"
