"""Pictures: fitted into their frame, and back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from mmgan_onnx.description import Plain
from mmgan_onnx.errors import OnnxError

Array = np.ndarray[Any, np.dtype[Any]]
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "lanczos": Image.Resampling.LANCZOS,
}


def read_pictures(values: Sequence[object], settings: Plain) -> dict[str, Array]:
    """Bytes (B, C, H, W)."""
    rows = []
    for value in values:
        picture = _with_bands(opened(value), _MODES[settings["channels"]])
        fill = (settings["fill"],) * len(picture.getbands())
        levels = np.asarray(fitted(picture, settings, _FILTERS[settings["resample"]], fill))
        levels = levels.reshape(settings["height"], settings["width"], settings["channels"])
        rows.append((_edges(levels) if settings["edges"] else levels).transpose(2, 0, 1))
    return {"pixels": np.stack(rows)}


def read_masks(
    masks: Sequence[object], broken: Sequence[object], shape: Sequence[int], settings: Plain
) -> Array:
    """Masks (B, *shape) from pictures: 1 where a picture is white or transparent.

    Args:
        broken: the picture that each mask is of.
    """
    rows = []
    for value, whole in zip(masks, broken, strict=True):
        flat, size = opened(value).convert("RGBA"), opened(whole).size
        if flat.size != size:
            raise OnnxError(
                f"the mask is {flat.width} x {flat.height}, the picture {size[0]} x {size[1]}"
            )
        white = Image.new("RGBA", flat.size, "white")
        grey = np.asarray(Image.alpha_composite(white, flat).convert("L")) > 127
        picture = Image.fromarray(grey.astype(np.float32))
        share = np.asarray(fitted(picture, settings, Image.Resampling.BOX, 0))
        if not grey.any():
            raise OnnxError("the mask is black all over: paint white what is missing")
        rows.append(np.broadcast_to(share > 1e-7, tuple(shape)))
    return np.stack(rows).astype(np.float32)


def shown_pictures(rows: Array, settings: Plain) -> list[Image.Image]:
    """PIL images."""
    low, high = settings["low"], settings["high"]
    levels = np.round((rows.clip(low, high) - low) * (255 / (high - low))).astype(np.uint8)
    whole = levels.transpose(0, 2, 3, 1)
    return [Image.fromarray(one[..., 0] if one.shape[2] == 1 else one) for one in whole]


def opened(value: object) -> Image.Image:
    """A picture in a mode of eight bits a channel, upright.

    Raises:
        OnnxError: if it cannot be read.
    """
    try:
        if isinstance(value, np.ndarray):
            value = Image.fromarray(value)
        if isinstance(value, bytes):
            value = io.BytesIO(value)
        picture = value if isinstance(value, Image.Image) else Image.open(value)  # type: ignore[arg-type]
        upright = ImageOps.exif_transpose(picture)
        return upright if upright.mode in _MODES.values() else _plain(upright)
    except Exception as error:  # what a foreign decoder may raise cannot be listed
        name = str(value) if isinstance(value, (str, Path)) else "the value"
        raise OnnxError(f"{name} cannot be read as a picture: {error}") from error


def fitted(picture: Image.Image, settings: Plain, method: Image.Resampling, fill: Any) -> Any:
    """The picture in its frame."""
    size = (settings["width"], settings["height"])
    if picture.size == size:
        return picture
    if settings["fit"] == "stretch":
        return picture.resize(size, method)
    if settings["fit"] == "pad":
        return ImageOps.pad(picture, size, method, color=fill)
    return ImageOps.fit(picture, size, method)


def _plain(picture: Image.Image) -> Image.Image:
    if picture.mode == "1":
        return picture.convert("L")
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _with_bands(picture: Image.Image, mode: str) -> Image.Image:
    if picture.mode == mode:
        return picture
    if picture.mode in ("LA", "RGBA") and mode in ("L", "RGB"):
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture.convert("RGBA"))
    return picture.convert(mode)


def _edges(levels: Array) -> Array:
    """The length of the gradient by Sobel's filter, in each channel by itself."""
    beyond = np.pad(levels.astype(np.float32), ((1, 1), (1, 1), (0, 0)), mode="edge")
    smooth_down = beyond[:-2] + 2 * beyond[1:-1] + beyond[2:]
    smooth_across = beyond[:, :-2] + 2 * beyond[:, 1:-1] + beyond[:, 2:]
    across = smooth_down[:, 2:] - smooth_down[:, :-2]
    down = smooth_across[2:] - smooth_across[:-2]
    steepness: Array = (np.hypot(across, down) / 4).round().clip(0, 255).astype(np.uint8)
    return steepness
