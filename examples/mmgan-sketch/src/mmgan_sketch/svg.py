"""Drawings as SVG and back: polylines, and paths with the commands M and L only.

Files may come from anywhere. A document type, and with it every entity, is refused, nothing is
fetched, and a transform, which would move points, is refused and not ignored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from xml.parsers import expat

from mmgan_core import BadValue
from mmgan_sketch.drawing import SLACK, Drawing, Point, drawing_of

SIDE = 100
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_TOKEN = re.compile(rf"({_NUMBER})|([A-Za-z])|[\s,]+|(.)", re.DOTALL)
_LENGTH = re.compile(rf"({_NUMBER})(?:px)?")
Strokes = list[list[Point]]
Page = tuple[float, float, float, float]


def drawing_from_svg(text: str) -> Drawing:
    """An SVG document as a drawing; its page is centred in the unit square.

    Raises:
        BadValue: if it cannot be read, or has paths of other than straight lines.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(text.encode(), True)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        raise BadValue(f"the SVG cannot be read: {error}") from None
    if not reader.strokes:
        raise BadValue("the SVG holds no polyline and no path")
    left, top, width, height = reader.page or _around(reader.strokes)
    side = max(width, height)
    x0, y0 = left - (side - width) / 2, top - (side - height) / 2
    return drawing_of(
        [[((x - x0) / side, (y - y0) / side) for x, y in stroke] for stroke in reader.strokes]
    )


def svg_of(drawings: Sequence[Drawing], *, columns: int = 1) -> str:
    """One SVG page with the drawings side by side; with a single one it can be read again."""
    if not drawings:
        raise ValueError("there is nothing to draw")
    columns = min(columns, len(drawings))
    size = (columns * SIDE, -(-len(drawings) // columns) * SIDE)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" '
        f'viewBox="0 0 {size[0]} {size[1]}">',
        '<g fill="none" stroke="black" stroke-width="2" stroke-linecap="round" '
        'stroke-linejoin="round">',
    ]
    for number, drawing in enumerate(drawings):
        row, column = divmod(number, columns)
        for stroke in drawing:
            # A line needs two points; a dot is a line of length 0 with round ends.
            points = stroke if len(stroke) > 1 else stroke * 2
            at = (f"{(x + column) * SIDE:.2f},{(y + row) * SIDE:.2f}" for x, y in points)
            lines.append(f'<polyline points="{" ".join(at)}"/>')
    return "\n".join([*lines, "</g>", "</svg>"]) + "\n"


class _Reader:
    """Collects the strokes of the elements of a document."""

    def __init__(self) -> None:
        self.page: Page | None = None
        self.strokes: Strokes = []
        self._root = True

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """One element; names may have a prefix."""
        element = name.rpartition(":")[2]
        if self._root:
            if element != "svg":
                raise BadValue(f"it is a document of {element!r}, not SVG")
            self._root, self.page = False, _page(attributes)
        elif element == "svg" or "transform" in attributes:
            raise BadValue(f"the SVG moves {element} by a transform, which is not read")
        if element == "polyline":
            self.strokes += [_pairs(attributes.get("points", ""))]
        elif element == "path":
            self.strokes += _path(attributes.get("d", ""))


def _refuse_doctype(*_: object) -> None:
    raise BadValue("the SVG has a document type: take out <!DOCTYPE ...>")


def _page(attributes: dict[str, str]) -> Page | None:
    """Left, top, width and height, or None if the document has none."""
    if "viewBox" in attributes:
        numbers = _numbers(attributes["viewBox"])
    else:
        found = [_LENGTH.fullmatch(attributes.get(side, "")) for side in ("width", "height")]
        numbers = [0.0, 0.0, *(float(match[1]) for match in found if match)]
    if "viewBox" not in attributes and len(numbers) != 4:
        return None
    if len(numbers) != 4 or min(numbers[2:]) <= 0 or not all(map(math.isfinite, numbers)):
        raise BadValue("the SVG's page has no size")
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _path(data: str) -> Strokes:
    """Each M begins a stroke, each further point continues it."""
    strokes: Strokes = []
    for piece in re.split(r"(?=M)", data.strip()):
        if piece.strip():
            if piece[0] != "M":
                raise BadValue(f"a path must begin with M, not {piece[0]!r}")
            strokes.append(_pairs(piece[1:], "L"))
    if not strokes:
        raise BadValue("a path is empty")
    return strokes


def _pairs(text: str, between: str = "") -> list[Point]:
    numbers = _numbers(text, between)
    if not numbers or len(numbers) % 2:
        raise BadValue(f"{len(numbers)} numbers make no points (x, y)")
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _numbers(text: str, between: str = "") -> list[float]:
    found = []
    for match in _TOKEN.finditer(text):
        number, letter, other = match.groups()
        if number is not None:
            found.append(float(number))
        elif other or (letter and letter not in between):
            raise BadValue(f"only M and L are read in paths, not {letter or other!r}")
    return found


def _around(strokes: Strokes) -> Page:
    """The smallest page that holds the strokes."""
    xs, ys = ([point[axis] for stroke in strokes for point in stroke] for axis in (0, 1))
    size = max(max(xs) - min(xs), max(ys) - min(ys), SLACK)
    return min(xs), min(ys), size, size
