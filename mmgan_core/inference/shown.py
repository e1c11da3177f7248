"""How samples and models show themselves in a notebook: as pictures, players and tables."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from mmgan_core.foundation.files import atomically, writing
from mmgan_core.inference.sheet import PAPER, sheet

if TYPE_CHECKING:
    from PIL.Image import Image

# A notebook keeps what it shows: more would make its file large.
MOST = 64
# Below this height, in pixels, pictures are shown enlarged.
_SMALL = 64


def grid(pictures: Sequence[Image], columns: int = 8) -> Image:
    """One picture of several, in rows of ``columns``."""
    from PIL import Image as images

    rows = -(-len(pictures) // columns)
    width = min(columns, len(pictures))
    whole = [*pictures, *[images.new("RGB", (1, 1), PAPER)] * (rows * width - len(pictures))]
    return sheet([whole[start::width] for start in range(width)])


def save_sheet(picture: Image, file: Path) -> None:
    """Write a sample sheet whole or not at all.

    Raises:
        MmganError: if the disk is full or cannot be written.
    """
    with writing(file, "the sheet", training=False), atomically(file) as beside:
        picture.save(beside, format="PNG")


def png(picture: Image) -> bytes:
    """The bytes of a PNG file."""
    file = BytesIO()
    picture.save(file, format="PNG")
    return file.getvalue()


def html_of_values(name: str, values: Sequence[object], render: Callable[[object], Image]) -> str:
    """The values of one made entry as HTML: as they show themselves, as texts, or as pictures."""
    shown, left = values[:MOST], len(values) - MOST
    if all(hasattr(value, "_repr_html_") for value in shown):
        inside = "".join(str(value._repr_html_()) for value in shown)  # type: ignore[attr-defined]
    elif all(isinstance(value, str) for value in shown):
        inside = f"<ol>{''.join(f'<li>{escape(str(value))}</li>' for value in shown)}</ol>"
    else:
        inside = _img(grid([render(value) for value in shown]))
    more = f"<p>and {left:,} more</p>" if left > 0 else ""
    return f"<div><b>{escape(name)}</b><br>{inside}{more}</div>"


def html_table(rows: Sequence[tuple[str, str]]) -> str:
    """Names and what they are, as an HTML table."""
    cells = (f"<tr><th>{escape(name)}</th><td>{escape(said)}</td></tr>" for name, said in rows)
    return f"<table>{''.join(cells)}</table>"


def _img(picture: Image) -> str:
    scale = max(1, min(4, _SMALL * 4 // max(1, picture.width)))
    data = b64encode(png(picture)).decode()
    style = f"image-rendering:pixelated;width:{scale * picture.width}px;max-width:100%"
    return f'<img alt="samples" style="{style}" src="data:image/png;base64,{data}">'
