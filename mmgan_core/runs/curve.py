"""The curves of a report: where each point of a line lies on the SVG picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 180, 48, 20
COLOURS = ("#2563eb", "#dc2626", "#059669", "#9333ea", "#d97706", "#0891b2")

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One line: its name, its colour, and its points in the form of an SVG polyline."""

    name: str
    colour: str
    points: str


@dataclass(frozen=True)
class Curve:
    """A picture of lines that share their axes.

    Attributes:
        top, bottom: the largest and the smallest value, as text.
        first, last: the smallest and the largest number of samples, as text.
    """

    title: str
    lines: list[Line]
    top: str
    bottom: str
    first: str
    last: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    floor: int = HEIGHT - BOTTOM


def curve(title: str, lines: Mapping[str, Sequence[Point]]) -> Curve | None:
    """Place lines of (x, y) points on a picture; returns None if there are fewer than 2 points."""
    points = [point for line in lines.values() for point in line]
    if len(points) < 2:
        return None
    (x0, x1), (y0, y1) = ((min(p[k] for p in points), max(p[k] for p in points)) for k in (0, 1))
    x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1e-9)

    def place(x: float, y: float) -> str:
        across = LEFT + (x - x0) / (x1 - x0) * (WIDTH - LEFT)
        return f"{across:.1f},{(y1 - y) / (y1 - y0) * (HEIGHT - BOTTOM):.1f}"

    placed = [
        Line(name, COLOURS[number % len(COLOURS)], " ".join(place(x, y) for x, y in line))
        for number, (name, line) in enumerate(lines.items())
    ]
    return Curve(title, placed, f"{y1:.3g}", f"{y0:.3g}", f"{x0:,.0f}", f"{x1:,.0f}")
