"""What Python users call: load, train, assemble, generate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmgan_core.recipe.reading import list_recipes

if TYPE_CHECKING:
    import torch

    from mmgan_core.assembly.gan import GAN
    from mmgan_core.inference.model import Model
    from mmgan_core.inference.samples import Samples
    from mmgan_core.recipe.schema import Recipe

__all__ = ["assemble", "generate", "list_recipes", "load", "load_recipe", "train"]


def load(name: str, *, device: str | torch.device = "cpu") -> Model:
    """A trained model by an explicit prefix, such as ``run:runs/digits``; see ``loading.load``."""
    from mmgan_core.zoo.loading import load

    return load(name, device=device)


def generate(name: str, *, count: int | None = None, seed: int = 0, **given: Any) -> Samples:
    """Load a model and make samples; see ``Model.generate``."""
    return load(name).generate(count=count, seed=seed, **given)


def load_recipe(recipe: str | Path, **overrides: Any) -> Recipe:
    """A checked recipe, by its file or its name; overrides are dotted keys.

    Raises:
        RecipeError: one line a fault: file, line, key, what is wrong, the nearest valid key.

    Example:
        >>> load_recipe("digits", **{"train.batch_size": 32}).train.batch_size
        32
    """
    from mmgan_core.recipe.reading import read_recipe

    return read_recipe(recipe, overrides)


def assemble(recipe: Recipe | str | Path, **overrides: Any) -> GAN:
    """An untrained GAN, for loops of one's own; options left open are read off the data.

    Args:
        recipe: a recipe, its file, or its name.
        overrides: by dotted key, as ``--set`` takes them.
    """
    from mmgan_core.assembly.opening import open_recipe

    blueprint, _ = open_recipe(_recipe(recipe, overrides))
    return blueprint.build()


def train(
    recipe: Recipe | str | Path,
    run: str | Path | None = None,
    *,
    resume: bool = False,
    cpu: bool = False,
    init_from: str = "",
    **overrides: Any,
) -> Model:
    """Train a recipe and load the result; see ``training.run.train``.

    Example:
        >>> train("digits", "runs/mine", **{"train.samples": 1000})     # doctest: +SKIP
    """
    from mmgan_core.training.run import default_run
    from mmgan_core.training.run import train as train_run

    checked = _recipe(recipe, overrides)
    path = Path(run) if run is not None else default_run(checked)
    train_run(checked, path, resume=resume, cpu=cpu, init_from=init_from)
    return load(f"run:{path}")


def _recipe(recipe: Recipe | str | Path, overrides: dict[str, Any]) -> Recipe:
    from mmgan_core.errors import UsageError
    from mmgan_core.recipe.schema import Recipe

    if not isinstance(recipe, Recipe):
        return load_recipe(recipe, **overrides)
    if overrides:
        raise UsageError(
            "overrides go with a recipe's name or file: load_recipe(name, **overrides)"
        )
    return recipe
