"""The Python API: load, generate, train, assemble."""

from __future__ import annotations

import os
from collections.abc import Sequence
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


def load(name: str | os.PathLike[str], *, device: str | torch.device = "cpu") -> Model:
    """Load a trained model.

    Args:
        name: a model of the zoo (``mmgan-zoo ls models`` lists them); ``run:DIR`` for the newest
            checkpoint of a training run; ``dir:DIR`` for an exported model; or
            ``hf:ORG/NAME[@REV]`` for a model of the Hub. The path of a run or of an exported model
            needs no prefix, nor does the name of a run in ``runs``, unless the zoo has that name.
        device: where the model runs: ``cpu``, ``cuda``, ``cuda:1``, ``mps``, or ``auto``.

    Raises:
        UsageError: if there is no such model, run or device, or a name could mean two.
        IntegrityError: if a file is damaged, or does not match its recorded hash.
        HubError: if the model cannot be pulled.
        PluginMissing: if a plugin is not installed; the hint is the command that installs it.

    Example:
        >>> model = load("digits-28")                                   # doctest: +SKIP
        >>> model.generate(text=["three", "seven"], seed=0).image       # doctest: +SKIP
    """
    from mmgan_core.zoo.loading import load

    return load(name, device=device)


def generate(
    name: str | os.PathLike[str],
    *,
    count: int | None = None,
    seed: int | Sequence[int] = 0,
    **given: Any,
) -> Samples:
    """Load a model and make samples with it.

    Args:
        name: a model, as ``load`` takes it.
        count: how many samples in all; default: one for each given value or seed.
        seed: decides the noise; the same seed makes the same samples. Or a list: the first sample
            of each seed.
        given: one value, or a list of values, for each entry.

    Raises:
        UsageError: for an entry that the model does not know, or a value that it cannot read.

    Example:
        >>> generate("digits-28", label="three", count=8).save("threes")    # doctest: +SKIP
    """
    return load(name).generate(count=count, seed=seed, **given)


def load_recipe(recipe: str | Path, **overrides: object) -> Recipe:
    """Read and check a recipe.

    Args:
        recipe: its file or its name.
        overrides: new values by dotted key. A mapping changes the keys that it names, and leaves
            the others of its block; lists, and components with another ``use``, are replaced.

    Raises:
        RecipeError: names each fault with its file, line and key, and the nearest valid key.

    Example:
        >>> load_recipe("digits", **{"train.batch_size": 32}).train.batch_size
        32
    """
    from mmgan_core.recipe.reading import read_recipe

    return read_recipe(recipe, overrides)


def assemble(recipe: Recipe | str | Path, **overrides: object) -> GAN:
    """Build the untrained GAN of a recipe, for a training loop of your own.

    Options that the recipe leaves open, such as the names of labels, are read from the data.
    Options that are schedules keep their first value.

    Args:
        recipe: a recipe, its file, or its name.
        overrides: values by dotted key, as ``--set`` takes them.

    Raises:
        RecipeError: if the recipe cannot be read, checked or assembled.
        DataError: if the data cannot be found or read.

    Example:
        >>> assemble("digits", **{"make.image.generator.width": 16})    # doctest: +SKIP
    """
    from mmgan_core.assembly.opening import open_recipe
    from mmgan_core.zoo.loading import frozen_model

    blueprint, _ = open_recipe(_recipe(recipe, overrides), frozen_model)
    gan = blueprint.build()
    blueprint.clock.set(0)
    return gan


def train(
    recipe: Recipe | str | Path,
    run: str | Path | None = None,
    *,
    resume: bool = False,
    cpu: bool = False,
    device: str = "auto",
    init_from: str = "",
    minutes: float | None = None,
    **overrides: object,
) -> Model:
    """Train a recipe and load the result.

    Args:
        recipe: a recipe, its file, or its name.
        run: the directory to write; default: ``runs/NAME``.
        resume: continue from the newest checkpoint in it.
        cpu: short for the device ``cpu``.
        device: ``cpu``, ``cuda``, ``cuda:1``, ``mps``; or ``auto``, a GPU if there is one.
        init_from: a model, as ``load`` takes it; its weights are copied wherever names and shapes
            match.
        minutes: how long training may take on this machine, in place of ``train.samples``.
        overrides: values by dotted key, as ``--set`` takes them.

    Raises:
        MmganError: for a mistake in the recipe, the data or the directory; nothing is left
            half-written.

    Example:
        >>> train("digits", "runs/mine", **{"train.samples": 1000})     # doctest: +SKIP
    """
    from mmgan_core.training.minutes import refuse_both
    from mmgan_core.training.run import default_run
    from mmgan_core.training.run import train as train_run

    if minutes is not None:
        refuse_both(overrides)
    checked = _recipe(recipe, overrides)
    path = Path(run) if run is not None else default_run(checked)
    train_run(
        checked,
        path,
        resume=resume,
        cpu=cpu,
        device=device,
        init_from=init_from,
        minutes=minutes,
    )
    return load(f"run:{path}")


def _recipe(recipe: Recipe | str | Path, overrides: dict[str, object]) -> Recipe:
    from mmgan_core.errors import UsageError
    from mmgan_core.recipe.schema import Recipe

    if not isinstance(recipe, Recipe):
        return load_recipe(recipe, **overrides)
    if overrides:
        raise UsageError(
            "overrides need the name or file of a recipe: load_recipe(name, **overrides)"
        )
    return recipe
