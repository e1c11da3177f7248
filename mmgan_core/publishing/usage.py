"""The examples in a model's card: a command and a line of Python that run as they are."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.contracts import Modality
from mmgan_core.zoo.manifest import Manifest
from mmgan_core.zoo.plain_markdown import what_is_not_plain

_LONGEST = 100


@dataclass(frozen=True)
class Usage:
    """The examples in the section "Use" of a card.

    Attributes:
        command: a command for a shell, with every value quoted.
        call: the same call in Python, with every value as a literal.
        address: the address to load the model by, as a Python literal.
        quoted_address: the same address, quoted for a shell.
    """

    command: str
    call: str
    address: str
    quoted_address: str


def usage(manifest: Manifest, blueprint: Blueprint, address: str) -> Usage:
    """Return examples that make samples with a model, or that repair a sample."""
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
    arguments = ", ".join([*(f"{key}={_literal(v)}" for key, v in keys.items()), f"count={count}"])
    return Usage(command, f"model.{verb}({arguments}).{made}", _literal(address), where)


def address_in(card: str) -> str:
    """Return the address that a card loads its model by; empty if it names none."""
    import ast

    found = re.search(
        r"^model = mmgan\.load\((\"[^\n]{0,500}\"|'[^\n]{0,500}')\)$", card, re.MULTILINE
    )
    try:
        return str(ast.literal_eval(found[1])) if found else ""
    except (SyntaxError, ValueError):
        return ""


def example_of(value: object) -> str:
    """Return a raw value if it can be typed, as a short text on one line; else an empty string."""
    return value if isinstance(value, str) and _can_be_shown(value) else ""


def _asked(manifest: Manifest, blueprint: Blueprint) -> Mapping[str, str]:
    """Return one given entry with a value: one of its names, an example or a file."""
    for name, takes in manifest.given.items():
        names = takes.modality.get("names")
        shown = [one for one in names if _can_be_shown(one)] if isinstance(names, list) else []
        if shown:
            return {name: shown[-1]}
    for name, takes in manifest.given.items():
        if takes.example:
            return {name: takes.example}
    for name in blueprint.given:
        return {name: _file(name, blueprint.modalities[name])}
    return {}


def _repair(blueprint: Blueprint, entry: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the value to repair, and the option that says what is missing."""
    part, modality = blueprint.make[entry].modality, blueprint.modalities[entry]
    if part.cls.prepare_masks is Modality.prepare_masks:
        mask = {"mask-kind": str(part.cls.mask_kinds[0])}
    else:
        mask = {"mask": _file("hole", modality)}
    return {entry: _file("torn", modality)}, mask


def _file(stem: str, modality: Modality) -> str:
    endings = modality.endings
    return f"{stem}.{endings[0]}" if endings else stem


def _can_be_shown(value: object) -> bool:
    """Whether a value can be shown in a code block: it does not end the block and is not active."""
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        return False
    if not value.isprintable() or re.search("```|~~~", value):
        return False
    return not what_is_not_plain(value)


def _literal(text: str) -> str:
    """Return a Python string literal, in double quotes where ruff would use them."""
    plain = repr(text)
    if plain.startswith("'") and '"' not in text:
        return f'"{plain[1:-1]}"'
    return plain
