"""A data source of digits from the Hershey fonts, which A. V. Hershey made for plotters in 1967.

Their glyphs are strokes, not outlines. The package `Hershey-Fonts` has 32 fonts, many of which
share their digits: some script and Greek fonts, for example, use the plain ones. Fonts with the
same digits are one *design* here, named after its first font, so that a design that is held out
cannot be in the training data under another name.

There are several takes of each glyph, each turned, slanted, scaled and moved a little. A take is
the same every time.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Mapping, Sequence

from pydantic import Field

from mmgan_core import DataError, Options
from mmgan_core.contracts import Column, DataSource, Table
from mmgan_sketch.drawing import Drawing, Stroke

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# Fonts that have other signs in the place of digits: Kanji, curves, map symbols.
WITHOUT_DIGITS = ("japanese", "markers", "symbolic")
SIZE = 0.64
Glyphs = tuple[tuple[Stroke, ...], ...]


class HersheyOptions(Options):
    """Options of `sketch/hershey`."""

    takes: int = Field(
        40, ge=1, le=10_000, description="number of takes of each glyph of each design"
    )
    held_out: tuple[str, ...] = Field(
        ("timesr", "timesi"),
        min_length=1,
        description="fonts of the test split, with all of the same design",
    )
    jitter: float = Field(
        1.0, ge=0, le=1, description="strength of the changes; 0: all takes are the same"
    )


class Hershey(DataSource):
    """One table: ``sketch``, ``label`` and ``font``; no design is in both splits."""

    Options = HersheyOptions
    options: HersheyOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"takes": 2}, {"takes": 3, "held_out": ("gothicger",), "jitter": 0.5})

    def tables(self, split: str) -> list[Table]:
        """One table with the designs of the split, each glyph in all its takes."""
        if split not in ("train", "test"):
            raise DataError(f"sketch/hershey has no split {split!r}", hint="it has train and test")
        designs = fonts_by_design()
        test = {self._design(name, designs) for name in self.options.held_out}
        chosen = [fonts[0] for fonts in designs.values() if (fonts[0] in test) == (split == "test")]
        if not chosen:
            raise DataError("data.held_out: every design is held out, so none is left to train on")
        return [GlyphTable(chosen, self.options)]

    def _design(self, name: str, designs: Mapping[Glyphs, Sequence[str]]) -> str:
        for fonts in designs.values():
            if name in fonts:
                return fonts[0]
        known = ", ".join(sorted(name for fonts in designs.values() for name in fonts))
        raise DataError(f"data.held_out: no font with digits is called {name!r}", hint=known)


class GlyphTable:
    """Takes of the digits of some fonts: JSON text, the digit's word, the font's name."""

    def __init__(self, fonts: Sequence[str], options: HersheyOptions) -> None:
        self._rows = [
            (take_of(strokes, f"{font}/{word}/{take}", options.jitter).to_json(), word, font)
            for font in fonts
            for word, strokes in zip(WORDS, digits_of(font), strict=True)
            for take in range(options.takes)
        ]
        self.columns: Mapping[str, Column] = {
            "sketch": Column("sketch", "sketch"),
            "label": Column("label", "label", WORDS),
            "font": Column("font", "label", tuple(sorted(fonts))),
        }
        self.digest = hashlib.sha256(repr(self._rows).encode()).hexdigest()

    def __len__(self) -> int:
        return len(self._rows)

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """Raw values of one column; all are strings."""
        place = list(self.columns).index(column)
        return [self._rows[row][place] for row in rows]

    def where(self, row: int) -> str:
        """The name of a row in messages: font and digit."""
        _, word, font = self._rows[row]
        return f"Hershey font {font}, {word}, row {row}"


def fonts_by_design() -> dict[Glyphs, list[str]]:
    """The names of the fonts of each design, by their digits."""
    from HersheyFonts import HersheyFonts

    found: dict[Glyphs, list[str]] = {}
    for name in sorted(HersheyFonts().default_font_names):
        if name not in WITHOUT_DIGITS:
            found.setdefault(digits_of(name), []).append(name)
    return found


def digits_of(font: str) -> Glyphs:
    """The strokes of 0 to 9, in the font's own units."""
    from HersheyFonts import HersheyFonts

    fonts = HersheyFonts()
    fonts.load_default_font(font)
    return tuple(
        tuple(tuple((float(x), float(y)) for x, y in stroke) for stroke in strokes)
        for strokes in (list(fonts.strokes_for_text(str(digit))) for digit in range(10))
    )


def take_of(strokes: Sequence[Stroke], name: str, jitter: float) -> Drawing:
    """A glyph in the middle of the unit square, changed by a small map that the name decides."""
    xs, ys = ([point[axis] for stroke in strokes for point in stroke] for axis in (0, 1))
    unit = SIZE / max(max(xs) - min(xs), max(ys) - min(ys))
    middle = ((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2)
    chance = random.Random(name)
    turn, slant, wide, high, right, down = (jitter * chance.uniform(-1, 1) for _ in range(6))
    angle, slant = math.radians(7) * turn, 0.14 * slant
    wide, high = unit * (0.95 + 0.13 * wide), unit * (0.95 + 0.13 * high)
    cos, sin = math.cos(angle), math.sin(angle)

    def placed(x: float, y: float) -> tuple[float, float]:
        x, y = wide * (x - middle[0]), high * (y - middle[1])
        x -= slant * y
        return 0.5 + cos * x - sin * y + 0.05 * right, 0.5 + sin * x + cos * y + 0.05 * down

    return Drawing(tuple(tuple(placed(x, y) for x, y in stroke) for stroke in strokes))
