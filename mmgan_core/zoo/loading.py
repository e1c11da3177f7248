"""Loading a model by its name or by an address with a prefix; where it lies is never guessed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from mmgan_core.assembly.assemble import make_blueprint
from mmgan_core.contracts import FrozenModel
from mmgan_core.errors import IntegrityError, UsageError, nearest
from mmgan_core.inference.frozen import loaded_once
from mmgan_core.inference.model import Model
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.runs.changes import changed_recipe
from mmgan_core.runs.checkpoint import STATE, checkpoints, load_checkpoint
from mmgan_core.runs.run_directory import refuse_other_models
from mmgan_core.zoo.manifest import DEEPEST
from mmgan_core.zoo.run_prior import prior_of_checkpoint

if TYPE_CHECKING:
    from mmgan_core.zoo.directory import ModelDirectory

PREFIXES = ("run", "dir", "hf")


def load(name: str, *, device: str | torch.device = "cpu") -> Model:
    """Load a trained model.

    Args:
        name: a model of the zoo (``mmgan-zoo ls models`` lists them); ``run:DIR`` for the newest
            checkpoint of a training run; ``dir:DIR`` for an exported model; or
            ``hf:org/name[@rev]`` for a model of the Hub.
        device: where the model runs.

    Raises:
        UsageError: if the prefix is unknown, or there is no such model, run or device.
        IntegrityError: if a file is damaged, or does not match its recorded hash.
        HubError: if the model cannot be pulled.
        PluginMissing: if a plugin is not installed; the hint is the command that installs it.
    """
    prefix, colon, rest = name.partition(":")
    if colon and prefix not in PREFIXES:
        raise UsageError(f"cannot load {name!r}", hint=_way(prefix))
    where = _device(device)
    if prefix == "run" and colon:
        return load_run(Path(rest), device=where)
    return opened(name).model(device=where)


def opened(name: str) -> ModelDirectory:
    """Open the directory of a model by its name, ``dir:DIR`` or ``hf:org/name[@rev]``.

    Its files are compared with their hashes; a model of the Hub is pulled first.

    Raises:
        UsageError, IntegrityError, HubError, PluginMissing: as ``load``.
    """
    from mmgan_core.zoo.directory import ModelDirectory
    from mmgan_core.zoo.pull import pull

    prefix, colon, rest = name.partition(":")
    if colon and prefix == "dir":
        return ModelDirectory.open(Path(rest))
    if not colon and (Path(name) / "resolved.yaml").is_file():
        raise UsageError(f"{name!r} is the directory of a run", hint=f"name it run:{name}")
    if not colon and (Path(name) / "model.json").is_file():
        raise UsageError(f"{name!r} is the directory of a model", hint=f"name it dir:{name}")
    if not colon and "/" in name:
        raise UsageError(
            f"cannot load {name!r} without a prefix",
            hint=f"name it hf:{name}, run:{name} or dir:{name}",
        )
    if colon and prefix != "hf":
        raise UsageError(f"{name!r} is not a model", hint=_way(prefix))
    return pull(name).directory


def _way(prefix: str) -> str:
    return (
        "load a name of the zoo, hf:ORG/NAME, run:DIR or dir:DIR; "
        f"the prefix: {nearest(prefix, PREFIXES)}"
    )


def load_run(
    run: Path,
    *,
    device: torch.device,
    depth: int = 0,
    changes: Mapping[str, object] | None = None,
) -> Model:
    """Load a model with the averaged weights of a run's newest checkpoint.

    Args:
        run: the directory of the run.
        device: where the model runs.
        depth: in how many models it stands.
        changes: new values of its recipe by dotted key, of what is not learned with.

    Raises:
        UsageError: if there is no run, or it has no checkpoint yet, or a change is of what it was
            trained with.
        IntegrityError: if the checkpoint is damaged, or does not fit the recipe; or if a frozen
            model in it is not the one that it was trained with.
    """
    if not (run / "resolved.yaml").is_file():
        siblings = [p.parent.name for p in run.parent.glob("*/resolved.yaml")]
        raise UsageError(f"there is no run in {run}", hint=nearest(run.name, siblings))
    saved = checkpoints(run)
    if not saved:
        raise UsageError(
            f"{run} has no checkpoint yet",
            hint="continue the training: mmgan-zoo train ... --resume",
        )
    recipe = changed_recipe(run, changes or {})
    blueprint = make_blueprint(
        recipe, catalogue(), open_model=partial(frozen_model, depth=depth + 1)
    )
    refuse_other_models(run, {place: model.digest for place, model in blueprint.models().items()})
    tensors, state = load_checkpoint(saved[-1], "ema")
    gan = blueprint.build()
    wanted = gan.maker_state()
    ema = tensors["ema"]
    if {k: v.shape for k, v in wanted.items()} != {k: v.shape for k, v in ema.items()}:
        odd = sorted(
            set(wanted) ^ set(ema) or {k for k in wanted if wanted[k].shape != ema[k].shape}
        )
        raise IntegrityError(
            f"{saved[-1]} does not fit the recipe in {run}: {odd[0]} differs",
            hint="a plugin's component has changed: install the versions in lock.json",
        )
    gan.load_state_dict(ema, strict=False)
    # It is fitted when something is drawn for the first time: that needs the data.
    draws = cache(partial(prior_of_checkpoint, saved[-1], blueprint, gan))
    prior = draws if blueprint.recipe.prior else None
    return Model(blueprint, gan, device=device, samples=state["samples"], prior=prior)


def frozen_model(address: str, depth: int = 1) -> FrozenModel:
    """Load the model that an option of a component names, once in a process.

    Args:
        address: the model, as ``load`` takes it.
        depth: in how many models it stands: 1 for a model in a recipe's component.

    Raises:
        UsageError: if there is no such model, or too many stand in one another.
        IntegrityError, HubError, PluginMissing: as ``load``.
    """
    prefix, colon, rest = address.partition(":")
    if depth > DEEPEST:
        raise UsageError(f"{address}: more than {DEEPEST} models stand in one another")
    if colon and prefix == "part":
        raise UsageError(
            f"{address!r} names a part of the model whose recipe this is",
            hint=f"in a recipe of your own, name it dir:MODEL/parts/{rest}",
        )
    if colon and prefix == "run":
        run = Path(rest)
        load = partial(load_run, run, device=torch.device("cpu"), depth=depth)
        return loaded_once(_digest_of(run), f"run:{run.resolve()}", load)
    return opened(address).frozen()


def _device(name: str | torch.device) -> torch.device:
    """Return the device of a name, after trying that it works.

    Raises:
        UsageError: if it does not work.
    """
    try:
        torch.zeros(1, device=name).cpu()
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        raise UsageError(
            f"device {str(name)!r} cannot be used: {reason}", hint="cpu always works"
        ) from None
    return torch.device(name)


def _digest_of(run: Path) -> str:
    """A hash of a run's recipe and of the averaged weights in its newest checkpoint."""
    saved = checkpoints(run)
    if not saved:
        return ""  # loading it says what is wrong
    state = json.loads((saved[-1] / STATE).read_text(encoding="utf-8"))
    text = (run / "resolved.yaml").read_text(encoding="utf-8") + state["sha256"]["ema.safetensors"]
    return hashlib.sha256(text.encode()).hexdigest()
