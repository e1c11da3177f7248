"""Carrying: an exported model holds copies of the frozen models that its components name."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from mmgan_core.assembly.assemble import make_blueprint
from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.contracts import FrozenModel
from mmgan_core.errors import IntegrityError, UsageError
from mmgan_core.foundation.kept_files import KeptFiles
from mmgan_core.foundation.plain import Plain
from mmgan_core.inference.model import Model
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.publishing.naming import fitting_name
from mmgan_core.recipe.reading import check
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
    change: Callable[[Path], None] | None = None,
) -> dict[str, str]:
    """Copy frozen models into the directory of the model that they are parts of.

    Args:
        models: the frozen models, by their place in the recipe.
        to: the directory of the model.
        export: writes the model of a run into a directory, under a name.
        change: changes the copy of a model that was exported before, where it lies.

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
        if not _exported(model, to / PARTS / name, export):
            _copy(model, to / PARTS / name)
            if change:
                change(to / PARTS / name)
    if len(names) > MOST_PARTS:
        raise UsageError(f"{len(names)} frozen models are more than the {MOST_PARTS} of a model")
    for file in (to / PARTS).rglob("*"):
        if file.is_file() and not is_of_a_model(file.relative_to(to).as_posix()):
            raise UsageError(f"{file}: more than {DEEPEST} models lie in one another")
    return {place: f"part:{names[model.digest]}" for place, model in models.items()}


def with_copies(model: Model, resolved: Plain, folder: Path) -> Model:
    """Return the same model, working with the copies of its frozen models; itself, if it has none.

    Args:
        model: the model.
        resolved: its recipe, which names the copies.
        folder: the directory of the model.
    """
    if not model.blueprint.models():
        return model
    directories = {
        f"part:{inner.name}": ModelDirectory.open(inner) for inner in (folder / PARTS).iterdir()
    }
    blueprint = make_blueprint(
        check(resolved, str(folder)),
        catalogue(),
        open_model=lambda name: directories[name].frozen(),
        open_file=KeptFiles(folder).open,
    )
    gan = blueprint.build(discriminators=False)
    gan.load_state_dict(model.gan.maker_state())
    other = Model(blueprint, gan, device=model.device, samples=model.samples, prior=model.prior)
    other.own_size, other.directions = model.own_size, model.directions
    return other


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


def _exported(
    model: FrozenModel, to: Path, export: Callable[[Path, Path, str], ModelDirectory]
) -> bool:
    """Export the model of a run; False if a model was exported before."""
    prefix, _, where = model.address.partition(":")
    to.parent.mkdir(exist_ok=True)
    if prefix == "run":
        export(Path(where), to, model.name if is_model_name(model.name) else to.name)
    return prefix == "run"


def _copy(model: FrozenModel, to: Path) -> None:
    where = model.address.partition(":")[2]
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
