"""Drawings as a fixed number of points, and back.

Every stroke keeps its ends. The points between them have equal distances along the stroke, and
longer strokes get more points. A point is x, y and the pen: 1 if the pen is lifted after it, else
-1. All three are in [-1, 1].
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mmgan_core import BadValue
from mmgan_sketch.drawing import Drawing, Point, Stroke

Array = npt.NDArray[np.float64]


def points_of(drawing: Drawing, count: int) -> Array:
    """A drawing as (3, count).

    Raises:
        BadValue: if the points are too few for its strokes.
    """
    lengths = [_lengths(stroke) for stroke in drawing]
    shares = _shares([float(run[-1]) for run in lengths], count)
    parts = []
    for stroke, run, share in zip(drawing, lengths, shares, strict=True):
        at = np.linspace(0.0, run[-1], share)
        places = [np.interp(at, run, axis) for axis in zip(*stroke, strict=True)]
        pen = np.full(share, -1.0)
        pen[-1] = 1.0
        parts.append(np.stack([2 * places[0] - 1, 2 * places[1] - 1, pen]))
    return np.concatenate(parts, axis=1)


def drawing_of_points(points: Array) -> Drawing:
    """(3, count) as a drawing: the pen is lifted after each point where it is above 0."""
    xs, ys = (np.clip((points[:2] + 1) / 2, 0.0, 1.0)).tolist()
    ends = (np.flatnonzero(points[2, :-1] > 0) + 1).tolist()
    places: list[Point] = list(zip(xs, ys, strict=True))
    bounds = itertools.pairwise([0, *ends, len(places)])
    return Drawing(tuple(tuple(places[start:end]) for start, end in bounds))


def _lengths(stroke: Stroke) -> Array:
    """The distance along the stroke at each point."""
    steps = [math.dist(one, other) for one, other in itertools.pairwise(stroke)]
    return np.cumsum([0.0, *steps])


def _shares(lengths: Sequence[float], count: int) -> list[int]:
    """Points of each stroke: at least one for a dot and two for a line, the rest by length."""
    least = [2 if length else 1 for length in lengths]
    spare = count - sum(least)
    if spare < 0:
        raise BadValue(
            f"{len(lengths)} strokes do not fit into {count} points: they need {sum(least)}"
        )
    whole = sum(lengths)
    wanted = [spare * length / whole if whole else spare / len(lengths) for length in lengths]
    shares = [low + math.floor(more) for low, more in zip(least, wanted, strict=True)]
    # Points left over by rounding go to the strokes that lost most by it.
    order = sorted(range(len(shares)), key=lambda k: (math.floor(wanted[k]) - wanted[k], k))
    for k in order[: count - sum(shares)]:
        shares[k] += 1
    return shares
