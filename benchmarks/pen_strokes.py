"""Pen strokes from pictures of digits: the ink is thinned to a line, which is traced by points.

The ink is thinned as Zhang and Suen 1984 do, "A fast parallel algorithm for thinning digital
patterns", https://doi.org/10.1145/357994.358023. The trace begins at an end of the line, goes on to
the nearest place that it has not been to, and rather straight on than back.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ink = npt.NDArray[np.bool_]
Places = npt.NDArray[np.float64]


def thinned(ink: Ink) -> Ink:
    """The lines, one pixel wide, that are left of the ink of pictures, (N, H, W)."""
    left = np.pad(ink, ((0, 0), (1, 1), (1, 1)))
    while True:
        before = left.sum()
        for second in (False, True):
            left &= ~_removable(left, second)
        if left.sum() == before:
            return left[:, 1:-1, 1:-1]


def _removable(ink: Ink, second: bool) -> Ink:
    """The pixels that one half of a round removes."""
    # The eight neighbours in a circle, from above and clockwise.
    steps = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
    around = [np.roll(ink, (-down, -right), axis=(1, 2)) for down, right in steps]
    up, right, down, left = around[0], around[2], around[4], around[6]
    count = sum(one.astype(np.int8) for one in around)
    starts = sum(
        (~one & other).astype(np.int8)
        for one, other in zip(around, [*around[1:], around[0]], strict=True)
    )
    if second:
        open_sides = ~(up & right & left) & ~(up & down & left)
    else:
        open_sides = ~(up & right & down) & ~(right & down & left)
    removable: Ink = ink & (count >= 2) & (count <= 6) & (starts == 1) & open_sides
    return removable


def traced(line: Ink, points: int) -> Places:
    """Points at equal distances along the line of one picture, (points, 2): x and y, from 0 to 1.

    A picture without ink gives points in its middle.
    """
    rows, columns = np.nonzero(line)
    if not len(rows):
        return np.full((points, 2), 0.5)
    places = np.stack([columns, rows], axis=1).astype(np.float64)
    path = places[_order(places)]
    lengths = np.hypot(*np.diff(path, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    wanted = np.linspace(0, along[-1], points)
    found = np.stack([np.interp(wanted, along, path[:, axis]) for axis in (0, 1)], axis=1)
    height, width = line.shape
    scaled: Places = found / np.array([max(1, width - 1), max(1, height - 1)])
    return scaled


def _order(places: Places) -> list[int]:
    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    ends = np.flatnonzero(((apart > 0) & (apart < 1.5)).sum(1) == 1)
    # Of the ends, or of a line without any, the highest place, as pens begin.
    among = ends if len(ends) else np.arange(len(places))
    path = [int(among[np.lexsort((places[among, 0], places[among, 1]))[0]])]
    left = np.ones(len(places), dtype=bool)
    heading = np.zeros(2)
    while True:
        left[path[-1]] = False
        if not left.any():
            return path
        steps = places - places[path[-1]]
        cost = apart[path[-1]] - 0.2 * steps @ heading
        path.append(int(np.where(left, cost, np.inf).argmin()))
        step = places[path[-1]] - places[path[-2]]
        heading = 0.5 * heading + 0.5 * step / np.hypot(*step)


def strokes(pictures: npt.NDArray[np.uint8], points: int) -> list[str]:
    """The strokes of grey pictures, (N, H, W), each as a text of x, y, x, y, ..."""
    lines = thinned(pictures > 127)
    return [",".join(f"{number:.3f}" for number in traced(line, points).flat) for line in lines]
