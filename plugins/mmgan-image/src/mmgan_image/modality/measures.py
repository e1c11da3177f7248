"""What can be measured of a picture: of what stands out from its background, how much and where.

The background is the colour that is in the middle of those at the border. Places are counted in
sides of the picture, from its middle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from PIL import Image

_TINY = 1e-6


def measures_of_pictures() -> Mapping[str, Callable[[object], float]]:
    """The measures by name."""
    return {name: partial(_measured, number) for number, name in enumerate(_NAMES)}


_NAMES = ("ink", "right", "down", "width", "height", "slant")


def _measured(number: int, value: object) -> float:
    assert isinstance(value, Image.Image)
    levels = np.asarray(value.convert("RGB"), dtype=np.float64) / 255
    border = np.concatenate([levels[0], levels[-1], levels[:, 0], levels[:, -1]])
    ink = np.abs(levels - np.median(border, axis=0)).mean(2)
    weight = ink / max(ink.sum(), _TINY)
    down, right = (np.linspace(-0.5, 0.5, side) if side > 1 else np.zeros(1) for side in ink.shape)
    x, y = float((weight * right).sum()), float((weight * down[:, None]).sum())
    apart_x, apart_y = right - x, (down - y)[:, None]
    width, height = (float((weight * apart**2).sum()) for apart in (apart_x, apart_y))
    # How far what is higher lies to the right.
    slant = -float((weight * apart_x * apart_y).sum()) / max(height, _TINY)
    return (float(ink.mean()), x, y, width**0.5, height**0.5, slant)[number]
