"""A drawing: strokes of points in the unit square, x to the right and y down, as in SVG."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass

from mmgan_core import BadValue

Point = tuple[float, float]
Stroke = tuple[Point, ...]

MOST_BYTES = 1_000_000
# Rounding may put points this far outside the square; they are moved to its edge.
SLACK = 1e-3


@dataclass(frozen=True)
class Drawing:
    """Strokes in the order of the pen; a stroke of one point is a dot.

    Example:
        >>> [len(stroke) for stroke in drawing_of([[(0, 0), (1, 1)], [(0.5, 0.2)]])]
        [2, 1]
    """

    strokes: tuple[Stroke, ...]

    def __iter__(self) -> Iterator[Stroke]:
        return iter(self.strokes)

    def __len__(self) -> int:
        return len(self.strokes)

    def to_json(self) -> str:
        """The drawing as text for ``drawing_from_json``: ``[[[x, y], ...], ...]``."""
        rounded = [[[round(x, 4), round(y, 4)] for x, y in stroke] for stroke in self.strokes]
        return json.dumps(rounded, separators=(",", ":"))


def drawing_of(strokes: object) -> Drawing:
    """Nested sequences as a drawing.

    Raises:
        BadValue: if they are not strokes of points in the unit square; names the stroke.
    """
    if not isinstance(strokes, (list, tuple)) or not strokes:
        raise BadValue("a sketch must be a list of one or more strokes")
    read = []
    for number, stroke in enumerate(strokes):
        if not isinstance(stroke, (list, tuple)) or not stroke:
            raise BadValue(f"stroke {number} must be a list of one or more points")
        read.append(tuple(_point(point, number) for point in stroke))
    return Drawing(tuple(read))


def drawing_from_json(text: str) -> Drawing:
    """JSON text as a drawing.

    Raises:
        BadValue: if it is not JSON, or not a drawing.
    """
    try:
        return drawing_of(json.loads(text))
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadValue(f"the text is not JSON: {error}") from None


def _point(point: object, stroke: int) -> Point:
    if not isinstance(point, (list, tuple)) or len(point) != 2:
        raise BadValue(f"stroke {stroke} holds {point!r:.40}, which is not a point (x, y)")
    return _within(point[0], stroke), _within(point[1], stroke)


def _within(value: object, stroke: int) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadValue(f"stroke {stroke} holds {value!r:.40}, which is not a number")
    if not math.isfinite(value) or not -SLACK <= value <= 1 + SLACK:
        raise BadValue(f"stroke {stroke} leaves the unit square, at {value:g}")
    return min(1.0, max(0.0, float(value)))
