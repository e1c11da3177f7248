"""What `gpu_check.py` trains: two recipes as they are, or small ones of their kind.

The small form needs no data packs: digits are the embedded ones, emoji are made here.
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
    """How much is done.

    Attributes:
        seconds: of each training.
        steps: before a training is cut off and gone on with, and as many after.
        first: steps after which a training's rate is first looked at; a line of metrics must lie
            in them.
        made: samples made to measure how fast they are made.
        evaluated: samples made for each number of the evaluation.
    """

    seconds: float
    steps: int
    first: int
    made: int
    evaluated: int


@dataclass(frozen=True)
class Case:
    """A recipe, what is changed of it, and what samples of it are asked for by."""

    recipe: str
    given: Mapping[str, str]
    changes: Changes = field(repr=False)


# Penalties come every 4th step: 5 steps end in between.
FULL = Size(seconds=60, steps=5, first=10, made=256, evaluated=100)
TINY = Size(seconds=1, steps=5, first=5, made=8, evaluated=10)
DIGITS_GIVEN = {"text": "three"}
EMOJI_GIVEN = {"caption": "red apple"}


def full(data: Path) -> list[Case]:
    """`digits-28` and `emoji` on the packs in a folder; their evaluators are trained fast."""
    common = {"make.image.evaluator.samples": 10_000, "train.log_every": 320}
    digits = {
        "data.sources.0.use": f"parquet:{data / 'handwritten-digits'}",
        "data.sources.1.use": f"parquet:{data / 'spoken-digits'}",
    }
    emoji = {"data": f"parquet:{data / 'emoji-captions'}"}
    return [
        Case("digits-28", DIGITS_GIVEN, digits | common),
        Case("emoji", EMOJI_GIVEN, emoji | common),
    ]


def tiny(folder: Path) -> list[Case]:
    """The same recipes with narrow networks, on embedded digits and on emoji made here."""
    small = {
        "make.image.generator.width": 4,
        "make.image.discriminator.width": 4,
        "make.image.evaluator.samples": 256,
        "train.batch_size": 8,
        "train.log_every": 40,
    }
    narrow = {"make.image.generator.max_width": 16, "make.image.discriminator.max_width": 16}
    render_emoji(folder)
    return [
        Case("digits-28", DIGITS_GIVEN, {"data": "core/digits", **small}),
        Case("emoji", EMOJI_GIVEN, {"data": f"parquet:{folder}", **small, **narrow}),
    ]


def render_emoji(folder: Path) -> None:
    """Coloured shapes with the columns of the emoji pack, as Parquet."""
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
