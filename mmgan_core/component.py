"""Check the options of a component, and name its place in the recipe in errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from pydantic import ValidationError

from mmgan_core.errors import BadValue, RecipeError, nearest
from mmgan_core.options import Options


class HasOptions(Protocol):
    """A class of components, which names the pydantic model of its options."""

    @property
    def Options(self) -> type[Options]:
        """The pydantic model of its options."""
        ...


def options_of(cls: HasOptions, given: Mapping[str, object], *, where: str) -> Options:
    """Check the options of a component against its class.

    Raises:
        RecipeError: names the option, what is wrong and the nearest valid option.
    """
    model = cls.Options
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        lines = []
        for fault in error.errors():
            key = ".".join(str(step) for step in fault["loc"])
            if fault["type"] == "extra_forbidden":
                line = f"{where}: unknown option {key!r}\n  {nearest(key, model.model_fields)}"
            elif fault["type"] == "missing":
                line = f"{where}: option {key!r} is missing"
            else:
                place = f"{where}.{key}" if key else where
                line = f"{place}: {fault['msg'].removeprefix('Value error, ')}"
            lines.append(line)
        raise RecipeError("\n".join(lines)) from None


@contextmanager
def placed(where: str) -> Iterator[None]:
    """Turn a component's ``BadValue`` into a ``RecipeError`` that names its place, ``where``."""
    try:
        yield
    except BadValue as error:
        raise RecipeError(f"{where}: {error}") from None
