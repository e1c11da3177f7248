"""A word on a tile, as sheets show it."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont


def tile(text: str) -> Image.Image:
    """Black on white, as wide as the text."""
    font = ImageFont.load_default(size=14)
    paper = Image.new("L", (max(64, int(font.getlength(text)) + 8), 22), 255)
    middle = (paper.width / 2, paper.height / 2)
    ImageDraw.Draw(paper).text(middle, text, fill=0, font=font, anchor="mm")
    return paper
