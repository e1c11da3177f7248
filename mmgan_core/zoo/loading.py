"""Loading a model by its name, its path or an address with a prefix."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from mmgan_core.assembly.assemble import make_blueprint
from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.gan import GAN
from mmgan_core.contracts import FrozenModel
from mmgan_core.errors import IntegrityError, UsageError
from mmgan_core.foundation.devices import device_of
from mmgan_core.foundation.kept_files import KeptFiles
from mmgan_core.inference.frozen import loaded_once
from mmgan_core.inference.model import Model
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.runs.changes import changed_recipe
from mmgan_core.runs.checkpoint import STATE, checkpoints, discriminators_of, load_checkpoint
from mmgan_core.runs.run_directory import refuse_other_models
from mmgan_core.zoo.addresses import Name, address_of, no_run
from mmgan_core.zoo.manifest import DEEPEST, DIRECTIONS
from mmgan_core.zoo.run_prior import prior_of_checkpoint

if TYPE_CHECKING:
    from mmgan_core.zoo.directory import ModelDirectory


def load(name: Name, *, device: str | torch.device = "cpu") -> Model:
    """Load a trained model.

    Args:
        name: a model of the zoo (``mmgan-zoo ls models`` lists them); ``run:DIR`` for the newest
            checkpoint of a training run; ``dir:DIR`` for an exported model; or
            ``hf:org/name[@rev]`` for a model of the Hub. The path of a run or of an exported model
            needs no prefix, nor does the name of a run in ``runs``, unless the zoo has that name.
        device: where the model runs: ``cpu``, ``cuda``, ``cuda:1``, ``mps``, or ``auto``.

    Raises:
        UsageError: if the prefix is unknown, there is no such model, run or device, or a name
            could mean two models.
        IntegrityError: if a file is damaged, or does not match its recorded hash.
        HubError: if the model cannot be pulled.
        PluginMissing: if a plugin is not installed; the hint is the command that installs it.
    """
    address, where = address_of(name), device_of(device)
    if address.kind == "run":
        return load_run(address.path, device=where)
    return opened(str(address)).model(device=where)


def opened(name: Name) -> ModelDirectory:
    """Open the directory of a model, named as for ``load``.

    Its files are compared with their hashes; a model of the Hub is pulled first.

    Raises:
        UsageError: as ``load``; also for a run.
        IntegrityError, HubError, PluginMissing: as ``load``.
    """
    from mmgan_core.zoo.directory import ModelDirectory
    from mmgan_core.zoo.index import find
    from mmgan_core.zoo.pull import pull, shipped

    address = address_of(name)
    if address.kind == "run":
        raise UsageError(
            f"{address} is a run, and no exported model",
            hint=f"export it first: mmgan-zoo export {address.where} --out DIR",
        )
    if address.kind == "dir":
        return ModelDirectory.open(address.path)
    entry = find(address.where) if address.kind == "zoo" else None
    if entry and entry.folder:  # who uses it reads all that pulling would try
        return shipped(entry.folder, entry)
    return pull(str(address)).directory


def folder_of(name: Name) -> Path:
    """The directory of a run or of a model, named as for ``load``; one of the Hub is pulled."""
    address = address_of(name)
    return address.path if address.kind in ("run", "dir") else opened(str(address)).path


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
            model or a file in it is not the one that it was trained with.
    """
    if not (run / "resolved.yaml").is_file():
        raise no_run(run)
    saved = checkpoints(run)
    if not saved:
        raise UsageError(
            f"{run} has no checkpoint yet",
            hint="continue the training: mmgan-zoo train ... --resume",
        )
    recipe = changed_recipe(run, changes or {})
    blueprint = make_blueprint(
        recipe,
        catalogue(),
        open_model=partial(frozen_model, depth=depth + 1),
        open_file=KeptFiles(run).open,
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
    model = Model(blueprint, gan, device=device, samples=state["samples"], prior=prior)
    model.critics = cache(partial(_with_discriminators, blueprint, saved[-1], ema))
    if (run / DIRECTIONS).is_file():
        model.directions = run / DIRECTIONS
    return model


def _with_discriminators(blueprint: Blueprint, checkpoint: Path, ema: Mapping[str, Tensor]) -> GAN:
    """The whole GAN of a run, of which training the discriminators has no average."""
    gan = blueprint.build()
    gan.load_state_dict({**ema, **discriminators_of(checkpoint)})
    return gan


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
    found = address_of(address)
    if found.kind == "run":
        run = found.path
        load = partial(load_run, run, device=torch.device("cpu"), depth=depth)
        return loaded_once(_digest_of(run), f"run:{run.resolve()}", load)
    return opened(str(found)).frozen()


def _digest_of(run: Path) -> str:
    """A hash of a run's recipe and of the averaged weights in its newest checkpoint."""
    saved = checkpoints(run)
    if not saved:
        return ""  # loading it says what is wrong
    state = json.loads((saved[-1] / STATE).read_text(encoding="utf-8"))
    text = (run / "resolved.yaml").read_text(encoding="utf-8") + state["sha256"]["ema.safetensors"]
    return hashlib.sha256(text.encode()).hexdigest()
