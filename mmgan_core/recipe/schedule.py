"""Schedules: numbers of a recipe that change during training."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias, overload

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

if TYPE_CHECKING:
    from torch import Tensor


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

    def at(self, samples: float) -> float:
        """Return the value after this many samples."""
        done = min(1.0, samples / self.over)
        if self.shape == "cosine":
            done = (1 - math.cos(math.pi * done)) / 2
        return self.start + done * (self.to - self.start)

    def on_device(self, samples: Tensor) -> Tensor:
        """Compute the value on the device that holds the number of samples, in float32."""
        done = (samples / self.over).clamp(max=1.0)
        if self.shape == "cosine":
            done = (1 - (math.pi * done).cos()) / 2
        return (self.start + done * (self.to - self.start)).float()


Number = float | Schedule
Now: TypeAlias = "int | Tensor"
"""How many samples training has seen: a number, or a tensor without axes on the device."""


def ends(number: Number) -> tuple[float, float]:
    """Return the first and the last value of a number; all its values lie between these."""
    return (number.start, number.to) if isinstance(number, Schedule) else (number, number)


@overload
def value_at(number: Number, samples: int) -> float: ...
@overload
def value_at(number: Number, samples: Now) -> float | Tensor: ...
def value_at(number: Number, samples: Now) -> float | Tensor:
    """Return the value of a number of a recipe after this many samples.

    A schedule of a time on the device has its value there; it differs by rounding.
    """
    if not isinstance(number, Schedule):
        return float(number)
    if isinstance(samples, (int, float)):
        return number.at(samples)
    return number.on_device(samples)
