"""What a published model is called."""

from __future__ import annotations

import re
from pathlib import Path

from mmgan_core.errors import UsageError
from mmgan_core.zoo.manifest import is_model_name


def name_of_model(asked: str, recipe: str, run: Path) -> str:
    """Return the name of the model of a run.

    Args:
        asked: the name that was asked for; it may be empty.
        recipe: the recipe's name; it may be empty.
        run: the directory of the run, whose name a model has that nobody named.

    Raises:
        UsageError: if a model cannot be called so.
    """
    name = asked or recipe or run.resolve().name
    if is_model_name(name):
        return name
    whose = "--name" if asked else "the recipe's name" if recipe else "the directory of the run"
    fitting = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("._-")[:96]
    raise UsageError(
        f"{whose}: a model cannot be called {name!r}: its name has at most 96 letters from a to z, "
        "digits, dots, _ and -, and begins with a letter or digit",
        hint=f"export it as --name {fitting or 'NAME'}",
    )
