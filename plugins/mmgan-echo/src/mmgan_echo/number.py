"""The modality of the echo plugin: short vectors of numbers, samples (N,) from -1 to 1."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core import BadValue, Options
from mmgan_core.contracts import Column, Modality, SampleSpace

if TYPE_CHECKING:
    from PIL.Image import Image

BAR, HEIGHT = 6, 32


class NumberOptions(Options):
    """Options of `echo/number`."""

    size: int = Field(2, ge=1, le=10_000, description="count of numbers in a value")


class Number(Modality):
    """A value is a list of numbers from -1 to 1, also as JSON; a single number needs no list."""

    kind: ClassVar[str] = "echo"
    Options = NumberOptions
    options: NumberOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"size": 1}, {"size": 5})

    @property
    def space(self) -> SampleSpace:
        """(N,), from -1 to 1."""
        return SampleSpace("echo", (self.options.size,))

    @classmethod
    def suggest(cls, column: Column, values: Sequence[object]) -> dict[str, object]:
        """The size of the first value that can be read."""
        for value in values:
            try:
                return {"size": len(_read(value))}
            except BadValue:
                continue
        return {}

    def decode(self, value: object) -> list[float]:
        """A list of numbers."""
        numbers = _read(value)
        if len(numbers) != self.options.size:
            raise BadValue(f"it needs {self.options.size} numbers, not {len(numbers)}")
        return numbers

    def prepare(self, values: Sequence[object]) -> Tensor:
        """Floats, (B, N)."""
        return torch.tensor([self.decode(value) for value in values]).view(-1, self.options.size)

    def present(self, sample: Tensor) -> list[object]:
        """Lists of numbers."""
        return list(sample.detach().float().clamp(-1, 1).tolist())

    def render(self, value: object) -> Image:
        """A bar for each number, upwards or downwards from the middle."""
        from PIL import Image as images
        from PIL import ImageDraw

        numbers = self.decode(value)
        tile = images.new("L", (BAR * len(numbers) + 2, HEIGHT + 2), 255)
        draw, middle = ImageDraw.Draw(tile), 1 + HEIGHT // 2
        for place, number in enumerate(numbers):
            ends = sorted((middle, middle - round(number * HEIGHT / 2)))
            draw.rectangle((1 + place * BAR, ends[0], (place + 1) * BAR - 1, ends[1]), fill=0)
        return tile

    def save(self, value: object, stem: Path) -> Path:
        """A text file with the list as JSON."""
        file = stem.with_name(f"{stem.name}.txt")
        file.write_text(json.dumps(self.decode(value)) + "\n", encoding="utf-8")
        return file


def _read(value: object) -> list[float]:
    try:
        if isinstance(value, (str, bytes)):
            value = json.loads(value)
        listed: Sequence[Any] = value if isinstance(value, (list, tuple)) else [value]
        if any(isinstance(one, (str, bool)) for one in listed):
            raise TypeError
        numbers = [float(one) for one in listed]
    except (TypeError, ValueError):
        raise BadValue(f"{value!r:.40} is not a list of numbers") from None
    if not numbers or not all(math.isfinite(one) and -1 <= one <= 1 for one in numbers):
        raise BadValue(f"{value!r:.40}: numbers must be from -1 to 1")
    return numbers
