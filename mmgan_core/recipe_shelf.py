"""Where recipes lie that can be trained by name. Listing them needs no pydantic."""

from __future__ import annotations

import os
from pathlib import Path

from mmgan_core.errors import RecipeError, nearest
from mmgan_core.plugins import Nonsense, Plugin, plugins


def recipe_directories() -> list[Path]:
    """Where recipes are found by name: this package's, then the plugins'."""
    package = Path(__file__).parent
    # Installed from a wheel, the zoo lies inside the package; in a checkout, beside it.
    own = [package / "zoo_files" / "recipes", package.parent / "zoo" / "recipes"]
    folders = [folder for folder in own if folder.is_dir()][:1]
    for _, brought in plugins().call("mmgan_recipes", _folders, if_wrong="partial"):
        folders += brought
    return folders


def _folders(plugin: Plugin, answer: object) -> list[Path]:
    """What a plugin answers to ``mmgan_recipes``."""
    if not isinstance(answer, (list, tuple)) or not all(
        isinstance(folder, Path) and folder.is_dir() for folder in answer
    ):
        raise Nonsense(f"must return a list of folders, not {answer!r:.80}")
    return list(answer)


def list_recipes() -> dict[str, Path]:
    """Every recipe that can be trained by name."""
    files = [file for folder in recipe_directories() for file in sorted(folder.glob("*.yaml"))]
    return {file.stem: file for file in reversed(files)}


def find_recipe(recipe: str | Path) -> Path:
    """The file of a recipe given by path or by name.

    Raises:
        RecipeError: if there is none; names the nearest.
    """
    path = Path(recipe)
    if path.suffix in (".yaml", ".yml") or os.sep in str(recipe):
        if os.path.isdir(path):
            raise RecipeError(f"{path} is a folder, no recipe file")
        if not os.path.isfile(path):
            siblings = [str(p) for p in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
            raise RecipeError(f"there is no recipe file {path}", hint=nearest(str(path), siblings))
        return path
    known = list_recipes()
    if str(recipe) not in known:
        raise RecipeError(f"there is no recipe {str(recipe)!r}", hint=nearest(str(recipe), known))
    return known[str(recipe)]
