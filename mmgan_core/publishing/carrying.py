"""Carrying: an exported model holds copies of the frozen models that its components name."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.contracts import FrozenModel
from mmgan_core.errors import IntegrityError, UsageError
from mmgan_core.foundation.plain import Plain
from mmgan_core.publishing.naming import fitting_name
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.manifest import (
    DEEPEST,
    MANIFEST,
    MOST_PARTS,
    PARTS,
    is_model_name,
    is_of_a_model,
)


def carry(
    models: Mapping[str, FrozenModel],
    to: Path,
    export: Callable[[Path, Path, str], ModelDirectory],
) -> dict[str, str]:
    """Copy frozen models into the directory of the model that they are parts of.

    Args:
        models: the frozen models, by their place in the recipe.
        to: the directory of the model.
        export: writes the model of a run into a directory, under a name.

    Returns:
        The names of the copies, ``part:NAME``, by the same places.

    Raises:
        UsageError: if too many models would lie in one, or in one another.
        IntegrityError: if a model has changed since it was loaded.
    """
    names: dict[str, str] = {}
    for model in {model.digest: model for model in models.values()}.values():
        name = _free(_named(model), names.values())
        names[model.digest] = name
        _copy(model, to / PARTS / name, export)
    if len(names) > MOST_PARTS:
        raise UsageError(f"{len(names)} frozen models are more than the {MOST_PARTS} of a model")
    for file in (to / PARTS).rglob("*"):
        if file.is_file() and not is_of_a_model(file.relative_to(to).as_posix()):
            raise UsageError(f"{file}: more than {DEEPEST} models lie in one another")
    return {place: f"part:{names[model.digest]}" for place, model in models.items()}


def named_inside(resolved: Plain, names: Mapping[str, str]) -> Plain:
    """Change a resolved recipe so that it names the copies of its frozen models.

    Args:
        resolved: the recipe as plain data, which is changed.
        names: the new name of each model, by its place.
    """
    for place, name in names.items():
        where, _, last = place.rpartition(".")
        _at(resolved, where)[last] = name
    return dict(resolved)


def pin_inside(resolved: Plain, blueprint: Blueprint) -> None:
    """Change a resolved recipe so that it names fixed versions of what lies elsewhere."""
    parts = [given.encoder for given in blueprint.given.values()]
    for name, make in blueprint.make.items():
        parts += [make.generator, *(one.part for one in make.discriminators(name))]
        parts += [make.inference] if make.inference else []
    for part in parts:
        _at(resolved, part.where).update(part.cls.pinned(part.options))


def _at(resolved: Plain, place: str) -> Any:
    here: Any = resolved
    for step in place.split("."):
        here = here[int(step)] if isinstance(here, list) else here[step]
    return here


def _named(model: FrozenModel) -> str:
    """The name of a model, or the nearest that it can have in another; a run may have none."""
    if is_model_name(model.name):
        return model.name
    return fitting_name(model.name or Path(model.address.partition(":")[2]).name) or "model"


def _copy(
    model: FrozenModel, to: Path, export: Callable[[Path, Path, str], ModelDirectory]
) -> None:
    prefix, _, where = model.address.partition(":")
    to.parent.mkdir(exist_ok=True)
    if prefix == "run":
        export(Path(where), to, model.name if is_model_name(model.name) else to.name)
        return
    directory = ModelDirectory.open(Path(where))
    if directory.frozen().digest != model.digest:
        raise IntegrityError(f"{where} has changed since it was loaded", hint="export it again")
    for name in (MANIFEST, *directory.manifest.files):
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(directory.path / name, to / name)


def _free(name: str, taken: Iterable[str]) -> str:
    """Return a name for a directory that differs from the others on every file system."""
    before = {one.lower() for one in taken}
    number, free = 1, name
    while free.lower() in before:
        number += 1
        free = f"{name[:90]}-{number}"
    return free
