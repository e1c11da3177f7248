"""Whether a run that was trained on data in memory is resumed with the same."""

from __future__ import annotations

from pathlib import Path

from mmgan_core.components.sources.memory import MEMORY
from mmgan_core.errors import DataError, UsageError
from mmgan_core.foundation.yaml_text import from_yaml
from mmgan_core.recipe.schema import Recipe


def refuse_other_memory(run: Path, recipe: Recipe | None) -> None:
    """Refuse to resume a run with other data than those in memory that it began with.

    Args:
        recipe: the recipe with the data that are given now; None if none are.

    Raises:
        UsageError: if data are not given.
        DataError: if they are others.
    """
    file = run / "resolved.yaml"
    before = from_yaml(file.read_text(encoding="utf-8"))["data"] if file.is_file() else {}
    if str(before.get("use", "")).partition("@")[0] != MEMORY:
        return
    if recipe is None:
        raise UsageError(
            f"{run} was trained on data in memory, which it does not hold",
            hint="give the same data again: train(..., resume=True, data=...)",
        )
    if recipe.data.options.get("digest") != before["digest"]:
        raise DataError(
            f"these data are not those that {run} was trained on: their content differs",
            hint="give the same rows in the same order, or begin another run: train(..., run=DIR)",
        )
