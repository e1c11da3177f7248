"""Grey pictures of more than eight bits: which of their values are black, and which white."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from PIL import Image

from mmgan_core import BadValue

Range = tuple[float, float]


def is_deep(image: Image.Image) -> bool:
    """Whether Pillow holds the picture as integers of 16 or 32 bits, or as floats."""
    return image.mode.startswith("I") or image.mode == "F"


def range_of(images: Iterable[Image.Image]) -> Range | None:
    """The values that are black and white in all of these deep pictures together.

    From 0 to the least full scale that holds every value: 1 for floats, otherwise that of 8 to 32
    bits, so that scans of 12 bits have their whole brightness. Where there are negative values,
    from the least value to the largest.

    Returns:
        None if no picture is deep and has a finite value.
    """
    low, high, whole = math.inf, -math.inf, True
    for image in images:
        if is_deep(image):
            levels = _values(image)
            finite = levels[np.isfinite(levels)]
            low = min(low, float(finite.min(initial=math.inf)))
            high = max(high, float(finite.max(initial=-math.inf)))
            whole = whole and image.mode != "F"
    if high < low:
        return None
    if low < 0:
        return low, high if high > low else low + 1
    if not whole and high <= 1:
        return 0.0, 1.0
    bits = max(8, math.ceil(math.log2(high + 1)))
    return (0.0, float(2**bits - 1)) if bits <= 32 else (0.0, high)


def eight_bits(image: Image.Image, scale: Range | None) -> Image.Image:
    """A deep picture in mode L; what lies beyond the range is black or white.

    Args:
        image: the picture.
        scale: the values that are black and white; by default, the range of this picture alone.

    Raises:
        BadValue: if no pixel is a finite number. Single ones that are none are black.
    """
    levels = _values(image)
    found = scale or range_of([image])
    if found is None or not np.isfinite(levels).any():
        raise BadValue("the picture holds no finite number")
    low, high = found
    levels = np.nan_to_num(levels, nan=low, posinf=high, neginf=low)
    scaled = (levels - low) * (255 / (high - low))
    return Image.fromarray(np.round(scaled.clip(0, 255)).astype(np.uint8))


def _values(image: Image.Image) -> npt.NDArray[np.float64]:
    return np.asarray(image, dtype=np.float64)
