"""Numbers of a recipe may change as training goes on."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Schedule(BaseModel):
    """From one value to another over a number of samples seen, then constant.

    With shape ``cosine`` it is R3GAN's schedule (Huang et al. 2024):
    ``from + (1 - c)(to - from)``, ``c = (1 + cos(pi n / N)) / 2``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    start: float = Field(alias="from", serialization_alias="from")
    to: float
    over: int = Field(gt=0, description="samples seen until it has arrived")
    shape: Literal["cosine", "linear"] = "cosine"

    def at(self, samples: int) -> float:
        """The value after so many samples."""
        done = min(1.0, samples / self.over)
        if self.shape == "cosine":
            done = (1 - math.cos(math.pi * done)) / 2
        return self.start + done * (self.to - self.start)


Number = float | Schedule


def ends(number: Number) -> tuple[float, float]:
    """The values that it begins and ends with; what lies between lies between them."""
    return (number.start, number.to) if isinstance(number, Schedule) else (number, number)


def value_at(number: Number, samples: int) -> float:
    """What a number of a recipe is after so many samples."""
    return number.at(samples) if isinstance(number, Schedule) else float(number)
