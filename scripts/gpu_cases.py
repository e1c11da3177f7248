"""The cases of `gpu_check.py`: two recipes as they are, or small forms of them.

The small forms need no data packs: the digits are the embedded ones, the emoji are made here.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Changes = Mapping[str, Any]


@dataclass(frozen=True)
class Size:
    """How much each part of the check does.

    Attributes:
        seconds: how long each training takes.
        steps: how many steps a training takes before it is interrupted, and as many after.
        first: how many steps a training takes before its rate is first measured; they must include
            a line of metrics.
        made: how many samples are made to measure how fast they are made.
        evaluated: how many samples are made for each number of the evaluation.
    """

    seconds: float
    steps: int
    first: int
    made: int
    evaluated: int


@dataclass(frozen=True)
class Case:
    """A recipe, the changes to it, and the given values that its samples are made from."""

    recipe: str
    given: Mapping[str, str]
    changes: Changes = field(repr=False)


# Penalties are computed every 4th step, so that 5 steps end between two of them.
FULL = Size(seconds=60, steps=5, first=10, made=256, evaluated=100)
TINY = Size(seconds=1, steps=5, first=5, made=8, evaluated=10)
DIGITS_GIVEN = {"text": "three"}
EMOJI_GIVEN = {"caption": "red apple"}
# Captions letter by letter, for a machine with a GPU may lack the package of the language model.
# In fp32, because whether bf16 works is a part of its own.
LETTERS: Changes = {
    "given.caption.encoder": {"use": "text/characters", "dim": 64, "width": 64, "length": 48},
    "train.precision": "fp32",
}


def full(data: Path) -> list[Case]:
    """Return `digits-28` and `emoji` on the packs in a folder, with quickly trained evaluators."""
    common = {"make.image.evaluator.samples": 10_000, "train.log_every": 320}
    digits = {
        "data.sources.0.use": f"parquet:{data / 'handwritten-digits'}",
        "data.sources.1.use": f"parquet:{data / 'spoken-digits'}",
    }
    emoji = {"data": f"parquet:{data / 'emoji-captions'}", **LETTERS}
    return [
        Case("digits-28", DIGITS_GIVEN, digits | common),
        Case("emoji", EMOJI_GIVEN, emoji | common),
    ]


def tiny(folder: Path) -> list[Case]:
    """Return the same recipes with narrow networks, on embedded digits and on emoji made here."""
    small = {
        "make.image.generator.width": 4,
        "make.image.discriminator.width": 4,
        "make.image.evaluator.samples": 256,
        "train.batch_size": 8,
        "train.log_every": 40,
    }
    narrow = {"make.image.generator.max_width": 16, "make.image.discriminator.max_width": 16}
    emoji = {"data": f"parquet:{folder}", **LETTERS, **small, **narrow}
    render_emoji(folder)
    return [
        Case("digits-28", DIGITS_GIVEN, {"data": "core/digits", **small}),
        Case("emoji", EMOJI_GIVEN, emoji),
    ]


def render_emoji(folder: Path) -> None:
    """Write coloured shapes with the columns of the emoji pack, as Parquet."""
    import pyarrow
    from pyarrow import parquet

    rows = [
        {
            "image": _shape(colour, shape),
            "caption": f"{colour} {shape}",
            "group": shape,
            "vendor": vendor,
        }
        for vendor in ("one", "other")
        for colour in ("red", "green", "blue", "orange")
        for shape in ("apple", "box")
    ]
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "test"):
        parquet.write_table(pyarrow.Table.from_pylist(rows), folder / f"{split}.parquet")


def _shape(colour: str, shape: str) -> bytes:
    from PIL import Image, ImageDraw

    page = Image.new("RGB", (64, 64), "white")
    pen = ImageDraw.Draw(page)
    (pen.ellipse if shape == "apple" else pen.rectangle)((12, 12, 52, 52), fill=colour)
    file = io.BytesIO()
    page.save(file, "PNG")
    return file.getvalue()
