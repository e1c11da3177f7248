"""Renders a text on a tile, for sample sheets."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont


def tile(text: str) -> Image.Image:
    """The text in black on white, on a tile that is as wide as the text."""
    font = ImageFont.load_default(size=14)
    paper = Image.new("L", (max(64, int(font.getlength(text)) + 8), 22), 255)
    middle = (paper.width / 2, paper.height / 2)
    ImageDraw.Draw(paper).text(middle, text, fill=0, font=font, anchor="mm")
    return paper
