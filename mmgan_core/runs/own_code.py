"""Which code a run's components had that no package brings, so that it goes on with the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.parts import Part
from mmgan_core.errors import IntegrityError
from mmgan_core.foundation.code_hash import code_hash, is_lasting
from mmgan_core.plugins.catalogue import Catalogue
from mmgan_core.plugins.manager import LOCAL
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.run_directory import read_lock


def own_code(blueprint: Blueprint, known: Catalogue) -> dict[str, str]:
    """A hash of the code of each component that no package brings, by its place in the recipe."""
    local = known.supplied_by(LOCAL)
    parts = _parts(blueprint) if local else ()
    return {part.where: code_hash(part.cls) for part in parts if part.spec.id in local}


def refuse_other_code(run: Path, now: Mapping[str, str]) -> None:
    """Refuse to resume a run with other code than it was trained with.

    Code that cannot be identified, as of a class that uses a network of its notebook, is let pass.

    Raises:
        IntegrityError: names the place of the first component whose code has changed.
    """
    lock = read_lock(run)
    before: Mapping[str, str] = lock.get("code", {})
    for place, digest in now.items():
        there = before.get(place, digest)
        if there != digest and is_lasting(there) and is_lasting(digest):
            raise IntegrityError(
                f"{place}: its code has changed since {run} was trained with it",
                hint="put the code back as it was, or begin another run with the changed one",
            )


def _parts(value: object) -> Iterator[Part]:
    if isinstance(value, Part):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _parts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _parts(one)
    elif is_dataclass(value) and not isinstance(value, Recipe):
        for field in fields(value):
            yield from _parts(getattr(value, field.name))
