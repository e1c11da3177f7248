"""The parts of a picture that can be left out: regions of a grid, which take its mean colour."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from PIL import Image

REGIONS = "regions"
_SIDE = 4


def parts_of(picture: Image.Image) -> dict[str, Sequence[str]]:
    """16 regions, row by row."""
    return {REGIONS: [f"row {n // _SIDE + 1}, column {n % _SIDE + 1}" for n in range(_SIDE**2)]}


def picture_without(picture: Image.Image, gone: Collection[int]) -> Image.Image | None:
    """The picture without some regions; None if none is left."""
    if len(set(gone)) >= _SIDE**2:
        return None
    levels = np.array(picture)
    mean = levels.reshape(-1, *levels.shape[2:]).mean(0).round().astype(levels.dtype)
    rows, columns = (
        np.linspace(0, side, _SIDE + 1).round().astype(int) for side in levels.shape[:2]
    )
    for at in gone:
        row, column = divmod(at, _SIDE)
        levels[rows[row] : rows[row + 1], columns[column] : columns[column + 1]] = mean
    return Image.fromarray(levels, picture.mode)
