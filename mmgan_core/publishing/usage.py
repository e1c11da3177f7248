"""How a model's card shows what to type: a command and a line of Python that run as they stand."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmgan_core.assembly.blueprint import Blueprint, Part
from mmgan_core.contracts import Modality
from mmgan_core.zoo.directory import is_active
from mmgan_core.zoo.manifest import Manifest

_LONGEST = 100


@dataclass(frozen=True)
class Usage:
    """What the card's section "Use" shows.

    Attributes:
        command: for a shell, every value quoted for it.
        call: the same in Python, every value a literal.
        address: what to load the model by, as a Python literal.
        quoted_address: the same for a shell.
    """

    command: str
    call: str
    address: str
    quoted_address: str


def usage(manifest: Manifest, blueprint: Blueprint, address: str) -> Usage:
    """How to ask a model for samples, or to have a sample repaired."""
    where = shlex.quote(address)
    repaired = [entry for entry, make in blueprint.recipe.make.items() if make.repair]
    if repaired:
        verb, values, options = "repair", *_repair(blueprint, repaired[0])
        made = repaired[0]
    else:
        verb, values, options = "generate", _asked(manifest, blueprint), {}
        made = next(iter(manifest.made))
    count = 4 if repaired else 8
    words = [f"{name}={value}" for name, value in values.items()]
    words += [word for key, value in options.items() for word in (f"--{key}", value)]
    command = " ".join(["mmgan-zoo", verb, where, *map(shlex.quote, words), f"--count {count}"])
    keys = {**values, **{key.replace("-", "_"): value for key, value in options.items()}}
    told = ", ".join([*(f"{key}={_literal(v)}" for key, v in keys.items()), f"count={count}"])
    return Usage(command, f"model.{verb}({told}).{made}", _literal(address), where)


def example_of(value: object) -> str:
    """A raw value, if it can be typed: a short text on one line."""
    return value if isinstance(value, str) and _can_be_shown(value) else ""


def _asked(manifest: Manifest, blueprint: Blueprint) -> Mapping[str, str]:
    """One given entry with a value for it: a name of a list, an example, or a file."""
    for name, takes in manifest.given.items():
        names = takes.modality.get("names")
        shown = [one for one in names if _can_be_shown(one)] if isinstance(names, list) else []
        if shown:
            return {name: shown[-1]}
    for name, takes in manifest.given.items():
        if takes.example:
            return {name: takes.example}
    for name, part in blueprint.given.items():
        return {name: _file(name, part.modality)}
    return {}


def _repair(blueprint: Blueprint, entry: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """What is to be repaired, and how to say what is missing of it."""
    part = blueprint.make[entry].modality
    if part.cls.prepare_masks is Modality.prepare_masks:
        mask = {"mask-kind": str(part.cls.mask_kinds[0])}
    else:
        mask = {"mask": _file("hole", part)}
    return {entry: _file("torn", part)}, mask


def _file(stem: str, modality: Part) -> str:
    endings = modality.cls.endings
    return f"{stem}.{endings[0]}" if endings else stem


def _can_be_shown(value: Any) -> bool:
    """Whether a value can stand in a block of code: nothing in it ends the block or is active."""
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        return False
    return value.isprintable() and not re.search("```|~~~", value) and not is_active(value)


def _literal(text: str) -> str:
    """A Python string in double quotes, as ruff would write it."""
    plain = repr(text)
    if plain.startswith("'") and '"' not in text:
        return f'"{plain[1:-1]}"'
    return plain
