"""Vectors: values of one or several numbers, such as an age, a pose or the outputs of sensors.

Each number is scaled from its own range to the range from -1 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import torch
from pydantic import Field, model_validator
from torch import Tensor

from mmgan_core.contracts import Column, Fed, Modality, Reading, SampleSpace, Showing
from mmgan_core.errors import BadValue
from mmgan_core.options import Options

if TYPE_CHECKING:
    from PIL.Image import Image


# Differences of larger numbers are no floats of 32 bits.
_LARGE = 1e37


class VectorOptions(Options):
    """Options of `core/vector`."""

    low: tuple[float, ...] = Field(min_length=1, description="the smallest value of each number")
    high: tuple[float, ...] = Field(min_length=1, description="the largest value of each number")

    @model_validator(mode="after")
    def _ranges(self) -> VectorOptions:
        if len(self.low) != len(self.high):
            raise ValueError(f"{len(self.low)} low values and {len(self.high)} high ones")
        for low, high in zip(self.low, self.high, strict=True):
            if not low < high or not math.isfinite(high - low):
                raise ValueError(f"from {low:g} to {high:g} is not a range")
        return self


class Vector(Modality):
    """A number, a sequence of numbers, or a text of numbers with commas between them."""

    kind: ClassVar[str] = "vector"
    Options = VectorOptions
    options: VectorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"low": (0.0,), "high": (10.0,)}, {"low": (-1, 0, 5), "high": (1, 2.5, 5.5)})

    @property
    def space(self) -> SampleSpace:
        """Samples (K,), from -1 to 1."""
        return SampleSpace("vector", (len(self.options.low),))

    @classmethod
    def suggest(cls, column: Column, values: Sequence[object]) -> dict[str, object]:
        """Suggest the ranges that occur; a constant number gets a range of length 1 around it."""
        rows = []
        for value in values:
            try:
                rows.append(_numbers(value))
            except BadValue:
                continue
        if not rows or len({len(row) for row in rows}) > 1:
            return {}
        ranges = [(min(one), max(one)) for one in zip(*rows, strict=True)]
        ranges = [(a, b) if a < b else (a - _half(a), b + _half(a)) for a, b in ranges]
        low, high = zip(*ranges, strict=True)
        return {"low": low, "high": high}

    def decode(self, value: object) -> tuple[float, ...]:
        """A tuple of floats, one for each range."""
        numbers = _numbers(value)
        if len(numbers) != len(self.options.low):
            raise BadValue(
                f"{len(numbers)} numbers were given, but {len(self.options.low)} are needed"
            )
        return numbers

    def prepare(self, values: Sequence[object]) -> Tensor:
        """Floats, (B, K), from -1 to 1; values outside their range are not clamped."""
        low, high = (
            torch.tensor(one, dtype=self._exact) for one in (self.options.low, self.options.high)
        )
        raw = torch.tensor([self.decode(value) for value in values], dtype=self._exact)
        return (2 * (raw - low) / (high - low) - 1).float()

    @property
    def _exact(self) -> torch.dtype:
        """The floats that tell values of every range apart: those of times, for one, need 64."""
        for low, high in zip(self.options.low, self.options.high, strict=True):
            largest = max(abs(low), abs(high))
            if largest > _LARGE or largest * torch.finfo(torch.float32).eps > 1e-4 * (high - low):
                return torch.float64
        return torch.float32

    def parts(self, value: object) -> Mapping[str, Sequence[str]]:
        """The numbers, if there are several; without one, it is in the middle of its range."""
        numbers = self.decode(value)
        return {"numbers": [f"number {n + 1}" for n in range(len(numbers)) if len(numbers) > 1]}

    def without(self, value: object, family: str, gone: Sequence[int]) -> object:
        """The other numbers as they are; None if there is none."""
        numbers = list(self.decode(value))
        for at in gone:
            numbers[at] = (self.options.low[at] + self.options.high[at]) / 2
        return tuple(numbers) if len(set(gone)) < len(numbers) else None

    def present(self, sample: Tensor) -> list[object]:
        """Tuples of floats, each in its own range."""
        low, high = (
            torch.tensor(one, dtype=self._exact) for one in (self.options.low, self.options.high)
        )
        raw = low + (sample.float().cpu() + 1) / 2 * (high - low)
        return [tuple(row) for row in raw.tolist()]

    def reading(self) -> Reading:
        """Numbers, each scaled from its own range to -1 to 1."""
        return Reading(
            "numbers",
            self._ranges,
            {"numbers": Fed("float32", self.space.shape)},
            lambda values: {"numbers": self.prepare(values)},
            lambda fed: {"prepared": fed["numbers"]},
        )

    def showing(self) -> Showing:
        """Numbers from -1 to 1, each of which is scaled to its own range."""
        return Showing("numbers", self._ranges)

    @property
    def _ranges(self) -> dict[str, object]:
        return {"low": list(self.options.low), "high": list(self.options.high)}

    def render(self, value: object) -> Image:
        """Render the numbers on a tile."""
        from mmgan_core.components.tile import tile

        return tile(", ".join(f"{number:.3g}" for number in self.decode(value)))

    def save(self, value: object, stem: Path) -> Path:
        """Write a text file."""
        file = stem.with_name(f"{stem.name}.txt")
        file.write_text(", ".join(f"{n:.9g}" for n in self.decode(value)) + "\n", encoding="utf-8")
        return file


def _half(number: float) -> float:
    """Half the length of the range around a number that is always the same."""
    return max(0.5, 1e-6 * abs(number))


def _numbers(value: object) -> tuple[float, ...]:
    parts: Iterable[object]
    if isinstance(value, str):
        parts = value.split(",")
    elif isinstance(value, Iterable):
        parts = value
    else:
        parts = [value]
    try:
        if isinstance(value, bytes):
            raise TypeError
        numbers = tuple(float(part) for part in parts)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise BadValue(f"{value!r} is not a number, nor numbers with commas between them") from None
    if not numbers:
        raise BadValue("it holds no number")
    if not all(math.isfinite(number) for number in numbers):
        raise BadValue(f"{value!r} is not finite")
    return numbers
