"""Sample sheets: pictures of given values, with the samples made from them below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

GAP = 4
PAPER = (245, 245, 245)


def sheet(columns: Sequence[Sequence[Image]], *, heads: Sequence[int] = ()) -> Image:
    """Arrange pictures in columns; each picture is centred in its cell.

    Args:
        columns: the pictures of each column, from top to bottom.
        heads: the numbers of the rows that show given values; a wider gap is left below them.
    """
    from PIL import Image as images

    width = max(picture.width for column in columns for picture in column)
    rows = list(zip(*columns, strict=True))
    heights = [max(picture.height for picture in row) for row in rows]
    gaps = [
        GAP * (3 if number in heads and number + 1 not in heads else 1)
        for number in range(len(rows))
    ]
    size = (len(columns) * (width + GAP) + GAP, sum(heights) + sum(gaps) + GAP)
    page = images.new("RGB", size, PAPER)
    top = GAP
    for row, height, gap in zip(rows, heights, gaps, strict=True):
        for number, picture in enumerate(row):
            left = GAP + number * (width + GAP) + (width - picture.width) // 2
            page.paste(picture.convert("RGB"), (left, top + (height - picture.height) // 2))
        top += height + gap
    return page
