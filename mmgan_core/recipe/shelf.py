"""Finds recipes by name, in the zoo and in plugins. It does not import pydantic."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from mmgan_core.errors import RecipeError, nearest
from mmgan_core.plugins.conflicts import left_out, without_conflicts
from mmgan_core.plugins.manager import InvalidHookResult, Plugin, Plugins, plugins


def list_recipes() -> dict[str, Path]:
    """Return the file of every recipe by name; a name that two plugins claim is unavailable."""
    return dict(_recipes_of(plugins()))


@cache
def _recipes_of(plugins: Plugins) -> dict[str, Path]:
    package = Path(__file__).parents[1]
    # A wheel holds the zoo inside the package; a checkout has it beside the package.
    places = (package / "zoo_files" / "recipes", package.parent / "zoo" / "recipes")
    own = _recipes_in([folder for folder in places if folder.is_dir()][:1])
    brought = plugins.call("mmgan_recipes", _brought, if_wrong="partial")
    return own | without_conflicts(plugins, brought, own=own, what="recipe")


def _recipes_in(folders: Sequence[Path]) -> dict[str, Path]:
    return {file.stem: file for folder in folders for file in sorted(folder.glob("*.yaml"))}


def _brought(plugin: Plugin, answer: object) -> dict[str, Path]:
    """Return the recipes in the folders that a plugin returns from ``mmgan_recipes``."""
    if not isinstance(answer, (list, tuple)) or not all(
        isinstance(folder, Path) and folder.is_dir() for folder in answer
    ):
        raise InvalidHookResult(f"must return a list of folders, not {answer!r:.80}")
    return _recipes_in(answer)


def find_recipe(recipe: str | Path) -> Path:
    """Return the file of a recipe, which is given by path or by name.

    Raises:
        RecipeError: if there is no such recipe; suggests the nearest one.
    """
    path = Path(recipe)
    if path.suffix in (".yaml", ".yml") or os.sep in str(recipe):
        if os.path.isdir(path):
            raise RecipeError(f"{path} is a folder, not a recipe file")
        if not os.path.isfile(path):
            siblings = [str(p) for p in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
            raise RecipeError(f"there is no recipe file {path}", hint=nearest(str(path), siblings))
        return path
    known = list_recipes()
    if str(recipe) not in known:
        why = left_out(plugins(), "recipe", str(recipe))
        raise RecipeError(
            f"there is no recipe {str(recipe)!r}", hint=why or nearest(str(recipe), known)
        )
    return known[str(recipe)]
