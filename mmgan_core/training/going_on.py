"""A training that begins, goes on or is left alone, by what its folder holds already."""

from __future__ import annotations

from pathlib import Path

from mmgan_core.errors import UsageError
from mmgan_core.foundation.devices import AUTO
from mmgan_core.foundation.plain import Plain
from mmgan_core.foundation.yaml_text import from_yaml
from mmgan_core.recipe.reading import check
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.checkpoint import checkpoints
from mmgan_core.runs.read_off import without_places
from mmgan_core.runs.run_directory import RunDirectory
from mmgan_core.training.run import Run, train

_SAID_ONLY = ("name", "summary", "about", "evaluate")


def train_or_go_on(
    recipe: Recipe, run: Path, *, cpu: bool = False, device: str = AUTO, init_from: str = ""
) -> Run | None:
    """Train a recipe as ``train``, from where its folder stands; None if it is finished there.

    Raises:
        UsageError: if the folder holds the training of another recipe.
    """
    started = RunDirectory(run).started
    if started and trained(recipe, run):
        _refuse_other_recipe(recipe, run)  # of one that goes on, training asks this itself
        return None
    begun = "" if started else init_from
    return train(recipe, run, resume=started, cpu=cpu, device=device, init_from=begun)


def trained(recipe: Recipe, run: Path) -> bool:
    """Whether a run has seen as many samples as the recipe asks for."""
    saved = checkpoints(run)
    return bool(saved) and int(saved[-1].name) >= recipe.train.samples


def _refuse_other_recipe(recipe: Recipe, run: Path) -> None:
    file = run / "recipe.yaml"
    before = check(from_yaml(file.read_text(encoding="utf-8")), str(file))
    old, new = _learned(before), _learned(recipe)
    if old != new:
        differ = sorted(key for key in new if old.get(key) != new[key])
        raise UsageError(
            f"{run} holds the training of another recipe: {', '.join(differ)} differ",
            hint="undo the change, or name another folder",
        )


def _learned(recipe: Recipe) -> Plain:
    plain = {key: value for key, value in recipe.plain().items() if key not in _SAID_ONLY}
    plain["data"] = without_places(plain["data"])
    # A run may be trained for longer.
    plain["train"] = {key: value for key, value in plain["train"].items() if key != "samples"}
    return plain
