"""Options that change how a trained network makes samples, and nothing that it learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mmgan_core.component import options_of
from mmgan_core.errors import UsageError, nearest

if TYPE_CHECKING:
    from mmgan_core.inference.loaded import Loaded


def place_of(key: str) -> tuple[str, str] | None:
    """The made entry and the option that a key ``make.NAME.generator.OPTION`` names, or None."""
    first, *rest = key.split(".")
    if first != "make" or len(rest) != 3 or rest[1] != "generator":
        return None
    return rest[0], rest[2]


def set_use_options(model: Loaded, entry: str, options: Mapping[str, object]) -> None:
    """Give a generator other values of its ``use_options``.

    Raises:
        UsageError: if the model makes no such entry, or an option decides what was learned.
        RecipeError: if a value does not fit.
    """
    if entry not in model.made:
        raise UsageError(f"{model.name} does not make {entry!r}", hint=nearest(entry, model.made))
    generator = model.gan.generator(entry)
    for option in options:
        if option not in generator.use_options:
            raise UsageError(
                f"{option!r} of the generator of {entry} cannot be changed after training",
                hint=nearest(option, generator.use_options),
            )
    whole = {**generator.options.model_dump(exclude_unset=True), **options}
    where = f"make.{entry}.generator"
    generator.options = options_of(type(generator), whole, where=where)


def set_by_key(model: Loaded, changes: Mapping[str, object]) -> None:
    """As ``set_use_options``, by keys such as ``make.text.generator.beams``.

    Raises:
        UsageError: also if a key names no option of a generator.
        RecipeError: if a value does not fit.
    """
    for key, value in changes.items():
        place = place_of(key)
        if place is None:
            options = (
                f"make.{name}.generator.{option}"
                for name in model.made
                for option in sorted(model.gan.generator(name).use_options)
            )
            raise UsageError(
                f"--set {key}: of a trained model only options of making samples can be changed",
                hint=nearest(key, options),
            )
        set_use_options(model, place[0], {place[1]: value})
