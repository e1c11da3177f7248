"""Sketches: drawings as pen strokes; a sample has x, y and the pen at T points, (3, T).

Ha and Eck 2017, "A neural representation of sketch drawings", https://arxiv.org/abs/1704.03477,
also use points with a pen state, but any number of them and as offsets; here they are positions,
always T of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from mmgan_core import BadValue, Options
from mmgan_core.contracts import Modality, SampleSpace
from mmgan_sketch.drawing import MOST_BYTES, Drawing, drawing_from_json, drawing_of
from mmgan_sketch.resampling import drawing_of_points, points_of
from mmgan_sketch.svg import drawing_from_svg, svg_of

if TYPE_CHECKING:
    from PIL.Image import Image

_TILE, _FINER = 64, 4


class SketchOptions(Options):
    """Options of `sketch/sketch`."""

    points: int = Field(64, ge=8, le=4096, description="T: points along all strokes together")


class SketchModality(Modality):
    """Read from strokes, from JSON or SVG text, or from a file of either."""

    kind: ClassVar[str] = "sketch"
    endings: ClassVar[tuple[str, ...]] = ("svg",)
    Options = SketchOptions
    options: SketchOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"points": 32}, {"points": 17})

    @property
    def space(self) -> SampleSpace:
        """(3, T), from -1 to 1."""
        return SampleSpace(self.kind, (3, self.options.points))

    def decode(self, value: object) -> Drawing:
        """The drawing, with all its points."""
        if isinstance(value, Drawing):
            return value
        if isinstance(value, (bytes, bytearray, memoryview)):
            return _from_text(_as_text(bytes(value)))
        if isinstance(value, Path):
            return _from_file(value)
        if isinstance(value, str):
            known = value.lstrip()[:1] in ("[", "<") or not value.strip()
            return _from_text(value) if known else _from_file(Path(value))
        if isinstance(value, (list, tuple)):
            return drawing_of(value)
        raise BadValue(f"a sketch cannot be read from {type(value).__name__}")

    def prepare(self, values: Sequence[object]) -> Tensor:
        """Half-precision points, (B, 3, T)."""
        rows = [points_of(self.decode(value), self.options.points) for value in values]
        return torch.from_numpy(np.stack(rows).astype(np.float16))

    def to_sample(self, prepared: Tensor) -> Tensor:
        """Floats, (B, 3, T)."""
        return prepared.float()

    def present(self, sample: Tensor) -> list[object]:
        """Drawings; a stroke ends where the pen is above 0."""
        rows = sample.detach().to("cpu", torch.float64).numpy()
        return [drawing_of_points(row) for row in rows]

    def render(self, value: object) -> Image:
        """Black lines on white."""
        from PIL import Image as images
        from PIL import ImageDraw

        side = _TILE * _FINER
        page = images.new("L", (side, side), 255)
        pen = ImageDraw.Draw(page)
        for stroke in self.decode(value):
            line = [(x * (side - 1), y * (side - 1)) for x, y in stroke]
            pen.line(line, fill=0, width=2 * _FINER, joint="curve")
            for x, y in (line[0], line[-1]):
                pen.ellipse((x - _FINER, y - _FINER, x + _FINER, y + _FINER), fill=0)
        return page.resize((_TILE, _TILE), images.Resampling.LANCZOS)

    def save(self, value: object, stem: Path) -> Path:
        """An SVG file."""
        file = stem.with_name(f"{stem.name}.svg")
        file.write_text(svg_of([self.decode(value)]), encoding="utf-8")
        return file


def _from_text(text: str) -> Drawing:
    if len(text) > MOST_BYTES:
        raise BadValue(f"the sketch is larger than {MOST_BYTES:,} bytes")
    if text.lstrip()[:1] == "<":
        return drawing_from_svg(text.lstrip())
    if text.lstrip()[:1] == "[":
        return drawing_from_json(text)
    raise BadValue("the text is neither JSON ([[[x, y], ...], ...]) nor SVG (<svg ...>)")


def _from_file(file: Path) -> Drawing:
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise BadValue(
            f"{str(file)!r:.80} is not a sketch, and not a file that can be read: {error}"
        ) from None
    return _from_text(_as_text(content))


def _as_text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadValue(f"the sketch is not UTF-8 text ({error.reason})") from None
