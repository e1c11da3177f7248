"""Components and numbers as a recipe chooses them: what the sections of a recipe are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from mmgan_core.recipe.schedule import Number, ends


class Section(BaseModel):
    """A section of a recipe; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid")


def _held_to(holds: Callable[[float], bool], rule: str) -> AfterValidator:
    def check(number: Number) -> Number:
        for end in ends(number):
            if not holds(end):
                raise ValueError(f"{rule}, not {end:g}")
        return number

    return AfterValidator(check)


NotNegative = Annotated[
    Number, _held_to(lambda end: 0 <= end < math.inf, "must be finite and not negative")
]
BelowOne = Annotated[
    Number, _held_to(lambda end: 0 <= end < 1, "must be at least 0 and less than 1")
]
Share = Annotated[Number, _held_to(lambda end: 0 <= end <= 1, "must be from 0 to 1")]
Positive = Annotated[Number, _held_to(lambda end: end > 0, "must be over 0")]
# A half-life may be infinite: then the average keeps the initial weights.
HalfLife = Annotated[Number, _held_to(lambda end: end >= 0, "must not be negative")]


def spelt_short(value: object) -> object:
    """Return ``{use: core/x}`` for ``core/x`` alone, and anything else as it is."""
    return {"use": value} if isinstance(value, str) else value


def one_or_several(value: object) -> object:
    """Return a list of what may be nothing, one thing or a list."""
    if value is None:
        return []
    return value if isinstance(value, (list, tuple)) else [value]


def one_whole_number(value: object) -> object:
    """Return a number as it is.

    Raises:
        ValueError: for what looks like a number, or could stand for one elsewhere.
    """
    if isinstance(value, bool):
        raise ValueError("must be a whole number, not true or false")
    if isinstance(value, Mapping):
        raise ValueError("cannot change in training, so it has no schedule: give one whole number")
    return value


class ComponentChoice(BaseModel):
    """A component with its options; ``core/x`` alone is short for ``{use: core/x}``."""

    model_config = ConfigDict(extra="allow")

    use: str = Field(description="plugin/name, or plugin/name@version")

    @property
    def options(self) -> dict[str, object]:
        """The component's own options that the recipe sets."""
        return dict(self.model_extra or {})


Choice = Annotated[ComponentChoice, BeforeValidator(spelt_short)]


def choice_of(chosen: Mapping[str, object]) -> Choice:
    """Return a component with its options as a recipe chooses it.

    Raises:
        ValidationError: if there is no ``use``.
    """
    return ComponentChoice.model_validate(chosen)


class ModalityChoice(ComponentChoice):
    """A modality; ``use`` may be left out."""

    use: str = Field("", description="default: the modality with the same name as the entry")


class PenaltyChoice(ComponentChoice):
    """A penalty with its weight."""

    weight: NotNegative = Field(1.0, description="gamma, or its schedule")
    every: int = Field(
        1, ge=1, description="lazy: compute it every N steps only, and multiply it by N"
    )


class AuxiliaryLossChoice(ComponentChoice):
    """An auxiliary loss with its weight."""

    weight: NotNegative = Field(1.0, description="its weight in the generator phase")
    every: int = Field(
        1, ge=1, description="lazy: compute it every N steps only, and multiply it by N"
    )


Penalties = list[Annotated[PenaltyChoice, BeforeValidator(spelt_short)]]
