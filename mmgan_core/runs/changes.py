"""What may be changed of a run's recipe after its training: how it is measured and described."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mmgan_core.errors import UsageError
from mmgan_core.inference.use_options import place_of
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.recipe.old_spellings import present_spelling
from mmgan_core.recipe.reading import read_recipe
from mmgan_core.recipe.schema import Recipe

# None of these changes what is learned.
MEASURED_WITH = ("about", "bad_rows", "evaluate", "name", "summary")
OF_AN_ENTRY = ("evaluator", "matcher")


def changed_recipe(run: Path, changes: Mapping[str, object]) -> Recipe:
    """Read the resolved recipe of a run with other values.

    Args:
        changes: new values by dotted key, such as ``{"bad_rows": 0.1}``.

    Raises:
        UsageError: if a key decides what is learned.
        RecipeError: if there is no such key, or the value does not fit.
    """
    recipe = read_recipe(run / "resolved.yaml", {})
    for key in changes:
        _refuse_learned(present_spelling(key), recipe)
    return read_recipe(run / "resolved.yaml", changes) if changes else recipe


def _refuse_learned(key: str, recipe: Recipe) -> None:
    place = place_of(key)
    if place and place[0] in recipe.make:
        use = recipe.make[place[0]].generator.use
        if place[1] in catalogue().load("generator", use).use_options:
            return
    first, *rest = key.split(".")
    if first in MEASURED_WITH or (first == "make" and rest[1:2] and rest[1] in OF_AN_ENTRY):
        return
    entries = ", ".join(f"make.NAME.{name}" for name in OF_AN_ENTRY)
    raise UsageError(
        f"--set {key}: the run has been trained, and this would change with what",
        hint=f"what may be changed is {', '.join(MEASURED_WITH)}, {entries}, and options of "
        "generators that count outside training alone; "
        "for anything else: mmgan-zoo train RECIPE --set ...",
    )
