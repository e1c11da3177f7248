"""Loading a model by an explicit prefix; nothing is guessed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
import yaml

from mmgan_core.assembly.assemble import make_blueprint
from mmgan_core.errors import IntegrityError, UsageError, nearest
from mmgan_core.inference.model import Model
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.recipe.reading import check
from mmgan_core.runs.checkpoint import checkpoints, load_checkpoint

if TYPE_CHECKING:
    from mmgan_core.zoo.directory import ModelDirectory

PREFIXES = ("run", "dir", "hf")


def load(name: str, *, device: str | torch.device = "cpu") -> Model:
    """A trained model, ready to generate.

    Args:
        name: of the zoo (``mmgan-zoo ls models``); or ``run:DIR``, the newest checkpoint of a
            training run; ``dir:DIR``, a model; ``hf:org/name[@rev]``, a model of the Hub.
        device: where it runs.

    Raises:
        UsageError: if the prefix is unknown, or there is no such model, run or device.
        IntegrityError: if a file is damaged, or not what it says.
        HubError: if it has to be pulled and cannot be.
        PluginMissing: if a part's plugin is not installed; names the install line.
    """
    prefix, colon, rest = name.partition(":")
    if colon and prefix not in PREFIXES:
        raise UsageError(f"cannot load {name!r}", hint=_way(prefix))
    where = _device(device)
    if prefix == "run" and colon:
        return load_run(Path(rest), device=where)
    return opened(name).model(device=where)


def opened(name: str) -> ModelDirectory:
    """The model that a name or ``dir:`` or ``hf:`` stands for, its hashes compared.

    Raises:
        As ``load``.
    """
    from mmgan_core.zoo.directory import ModelDirectory
    from mmgan_core.zoo.pull import pull

    prefix, colon, rest = name.partition(":")
    if colon and prefix == "dir":
        return ModelDirectory.open(Path(rest))
    if not colon and (Path(name) / "resolved.yaml").is_file():
        raise UsageError(f"{name!r} is a run directory", hint=f"say run:{name}")
    if not colon and (Path(name) / "model.json").is_file():
        raise UsageError(f"{name!r} is a model's directory", hint=f"say dir:{name}")
    if not colon and "/" in name:
        raise UsageError(
            f"cannot load {name!r}: say where it lies", hint=f"hf:{name}, run:{name} or dir:{name}"
        )
    if colon and prefix != "hf":
        raise UsageError(f"{name!r} is no model", hint=_way(prefix))
    return pull(name).directory


def _way(prefix: str) -> str:
    return f"a name of the zoo, hf:ORG/NAME, run:DIR or dir:DIR; {nearest(prefix, PREFIXES)}"


def load_run(run: Path, *, device: torch.device) -> Model:
    """The averaged weights of a run's newest checkpoint."""
    if not (run / "resolved.yaml").is_file():
        siblings = [p.parent.name for p in run.parent.glob("*/resolved.yaml")]
        raise UsageError(f"there is no run in {run}", hint=nearest(run.name, siblings))
    saved = checkpoints(run)
    if not saved:
        raise UsageError(
            f"{run} has no checkpoint yet", hint="train on: mmgan-zoo train ... --resume"
        )
    resolved = yaml.safe_load((run / "resolved.yaml").read_text(encoding="utf-8"))
    blueprint = make_blueprint(check(resolved, str(run / "resolved.yaml")), catalogue())
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
    return Model(blueprint, gan, device=device, samples=state["samples"])


def _device(name: str | torch.device) -> torch.device:
    """A device that works here.

    Raises:
        UsageError: for one that does not.
    """
    try:
        torch.zeros(1, device=name).cpu()
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        raise UsageError(
            f"device {str(name)!r} cannot be used: {reason}", hint="cpu always works"
        ) from None
    return torch.device(name)
