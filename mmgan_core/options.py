"""The options of a component: a pydantic model that refuses unknown keys."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """The base of every component's options; unknown keys are errors.

    Example:
        >>> class DropOptions(Options):
        ...     drop: float = 0.3
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
