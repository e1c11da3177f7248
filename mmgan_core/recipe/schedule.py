"""Schedules: numbers of a recipe that change during training."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator


class Schedule(BaseModel):
    """A number that goes from one value to another during training, and then stays constant.

    With the shape ``cosine`` it is the schedule of R3GAN (Huang et al. 2024): after ``n`` of ``N``
    samples it is ``from + (1 - c)(to - from)`` with ``c = (1 + cos(pi n / N)) / 2``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    start: float = Field(alias="from", serialization_alias="from")
    to: float
    over: int = Field(gt=0, description="samples seen until the number reaches `to`")
    shape: Literal["cosine", "linear"] = "cosine"

    @field_validator("to")
    @classmethod
    def _no_overflow(cls, to: float, info: ValidationInfo) -> float:
        start = info.data.get("start", to)
        if math.isfinite(start) and math.isfinite(to) and not math.isfinite(to - start):
            raise ValueError(f"{start:g} and {to:g} are too far apart")
        return to

    def at(self, samples: int) -> float:
        """Return the value after this many samples."""
        done = min(1.0, samples / self.over)
        if self.shape == "cosine":
            done = (1 - math.cos(math.pi * done)) / 2
        return self.start + done * (self.to - self.start)


Number = float | Schedule


def ends(number: Number) -> tuple[float, float]:
    """Return the first and the last value of a number; all its values lie between these."""
    return (number.start, number.to) if isinstance(number, Schedule) else (number, number)


def value_at(number: Number, samples: int) -> float:
    """Return the value of a number of a recipe after this many samples."""
    return number.at(samples) if isinstance(number, Schedule) else float(number)
