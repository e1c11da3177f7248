"""A text rendered on a white tile, for sample sheets."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_WIDTH = 112
_FONT_SIZE = 13
_COLUMNS, _LINES = 15, 6
_MARGIN = 5


def text_picture(text: str) -> Image:
    """Black on white, wrapped, at most six lines; a character that the font lacks is a box."""
    from PIL import Image, ImageDraw, ImageFont

    wrapped = textwrap.wrap(text, _COLUMNS, max_lines=_LINES, placeholder="...")
    # Pillow's own line breaking splits at these, and some fonts refuse them.
    rendered = "\n".join("".join(c if c.isprintable() else " " for c in line) for line in wrapped)
    font = ImageFont.load_default(size=_FONT_SIZE)
    if not isinstance(font, ImageFont.FreeTypeFont):  # Pillow without FreeType knows Latin-1
        rendered = rendered.encode("latin-1", "replace").decode("latin-1")
    box = ImageDraw.Draw(Image.new("RGB", (1, 1))).textbbox((_MARGIN, _MARGIN), rendered, font=font)
    size = (max(_WIDTH, int(box[2]) + _MARGIN), max(_FONT_SIZE, int(box[3])) + 2 * _MARGIN)
    picture = Image.new("RGB", size, "white")
    ImageDraw.Draw(picture).text((_MARGIN, _MARGIN), rendered, fill="black", font=font)
    return picture
