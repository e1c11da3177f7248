"""A recipe with data that a caller gives: a section of a recipe, a source, or data in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeGuard

from mmgan_core.components.sources.memory import MEMORY, hold
from mmgan_core.errors import UsageError
from mmgan_core.recipe.reading import check, read_recipe
from mmgan_core.recipe.schema import Recipe

# Stands for the digest of data until the recipe is read, which says what their columns are.
_UNKNOWN = {"use": MEMORY, "digest": "0" * 64}


def recipe_of(
    recipe: Recipe | str | Path,
    overrides: Mapping[str, object],
    data: object = None,
    names: Sequence[str] = (),
) -> Recipe:
    """Read a recipe, and let its data be those that are given.

    Args:
        recipe: a recipe, its file, or its name.
        overrides: new values by dotted key; those of ``data`` change the section of given data.
        data: a source such as ``folder:photos``, a section ``data``, data in memory, or None for
            the recipe's own.
        names: the names of the columns of rows that are tuples.

    Raises:
        RecipeError: if the recipe cannot be read or checked.
        UsageError, DataError: if data in memory cannot be used.
    """
    if data is None:
        return _read(recipe, overrides)
    if is_section(data):
        return _read(recipe, {"data": data, **overrides})
    return with_memory(unread(recipe, overrides), data, names)


def unread(recipe: Recipe | str | Path, overrides: Mapping[str, object]) -> Recipe:
    """Read a recipe for data in memory that are not known yet."""
    return _read(recipe, {"data": _UNKNOWN, **overrides})


def with_memory(recipe: Recipe, data: object, names: Sequence[str] = ()) -> Recipe:
    """The recipe with data in memory; its other options of them stay."""
    held = hold(data, names=names, alone=only_column(recipe))
    section = recipe.as_given["data"]
    kept = section if isinstance(section, Mapping) and section.get("use") == MEMORY else {}
    return check({**recipe.as_given, "data": {**kept, **held}}, recipe.name or "the recipe")


def is_section(data: object) -> TypeGuard[str | Mapping[str, object]]:
    """Whether data are named as in a recipe, and are not in memory."""
    if isinstance(data, Mapping):
        of_several = "mix" in data or {"sources", "pair_on"} <= data.keys()
        return isinstance(data.get("use"), str) or of_several
    return isinstance(data, str)


def only_column(recipe: Recipe) -> str:
    """The column of the only entry of a recipe; "" if it has several."""
    columns = {entry.column or name for name, entry in recipe.given.items()}
    columns |= {entry.column or name for name, entry in recipe.make.items()}
    return columns.pop() if len(columns) == 1 else ""


def _read(recipe: Recipe | str | Path, overrides: Mapping[str, object]) -> Recipe:
    if not isinstance(recipe, Recipe):
        return read_recipe(recipe, overrides)
    if overrides.keys() - {"data"}:
        raise UsageError(
            "overrides need the name or file of a recipe: load_recipe(name, **overrides)"
        )
    return check({**recipe.as_given, **overrides}, recipe.name) if overrides else recipe
