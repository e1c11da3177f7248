"""Recipes as files: finding, reading, overriding, and errors that name file, line and key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from mmgan_core.errors import RecipeError, nearest
from mmgan_core.foundation.progress import note_once
from mmgan_core.foundation.yaml_text import LOADER, from_yaml
from mmgan_core.recipe.merging import merged
from mmgan_core.recipe.old_spellings import (
    present_spelling,
    rename_nodes,
    with_present_spellings,
)
from mmgan_core.recipe.schema import Recipe
from mmgan_core.recipe.shelf import find_recipe as find_recipe
from mmgan_core.recipe.shelf import list_recipes as list_recipes

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
_Nested = dict[str, object] | list[object]
# Where `--use` can put a component.
SLOTS = (
    "data",
    "modality",
    "encoder",
    "generator",
    "discriminator",
    "discriminator.0",
    "inference",
    "loss",
    "augment",
    "data_augment",
    "fusion",
    "align",
    "penalties.0",
    "metrics.0",
    "optimizer",
)


def read_recipe(
    recipe: str | Path,
    overrides: Mapping[str, object] | None = None,
    uses: Mapping[str, str] | None = None,
) -> Recipe:
    """Read, override and check a recipe.

    Args:
        recipe: its file or its name.
        overrides: new values by dotted key, such as ``{"train.batch_size": 32}``; a mapping is
            merged into the block that it names, see ``recipe.merging``.
        uses: components by slot, such as ``{"make.image.generator": "image/dcgan"}``; the options
            of the component that each replaces are dropped.

    Raises:
        RecipeError: if the recipe cannot be found, read or checked.
    """
    file = find_recipe(recipe)
    raw, nodes = read_yaml(file)
    raw, old = with_present_spellings(raw)
    if old:
        note_once(f"{file}: {'; '.join(old)}. The old spelling is still read.")
    raw.setdefault("name", file.stem)
    uses = {present_spelling(slot): component for slot, component in (uses or {}).items()}
    overrides = {present_spelling(key): value for key, value in (overrides or {}).items()}
    for slot, component in uses.items():
        _refuse_other_slot(slot)
        _put(raw, slot, {"use": component}, flag="--use", replace=True)
    for key, value in overrides.items():
        _put(raw, key, value, flag="--set", replace=False)
    changed = dict.fromkeys(uses, "--use") | dict.fromkeys(overrides, "--set")
    return check(raw, str(file), nodes, changed)


def check(
    raw: Mapping[str, object],
    name: str,
    nodes: yaml.Node | None = None,
    changed: Mapping[str, str] | None = None,
) -> Recipe:
    """Check plain data, and return it as a recipe.

    Args:
        raw: the plain data.
        name: the file that the data was read from.
        nodes: the syntax tree of the file, which messages take the numbers of lines from.
        changed: the flag of the command line that changed a value, by dotted key.

    Raises:
        RecipeError: names the file, line and key of each fault, what is wrong, and the nearest
            valid key.
    """
    raw, _ = with_present_spellings(raw)
    rename_nodes(nodes)
    try:
        recipe = Recipe.model_validate(raw)
        recipe._given = dict(raw)
        return recipe
    except ValidationError as error:
        faults = {_fault(one, name, nodes, changed or {}): None for one in _meant(error.errors())}
        raise RecipeError("\n".join(list(faults)[:10])) from None


def parse_override(text: str, *, flag: str) -> tuple[str, object]:
    """Split ``key=value`` of the command line into the key and its value, which is read as YAML.

    Raises:
        RecipeError: if the text is not of the form ``key=value``.
    """
    key, equals, value = text.partition("=")
    if not equals or not all(key.split(".")):
        raise RecipeError(f"{flag} {text!r} is not of the form key=value")
    try:
        return key, from_yaml(value)
    except yaml.YAMLError as error:
        raise RecipeError(f"{flag} {text!r}: the value is not YAML: {_said(error)}") from None


def dump(data: Mapping[str, object]) -> str:
    """Return plain data as YAML, with its keys in the order given."""
    return yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True, width=100)


def read_yaml(file: Path) -> tuple[dict[str, object], yaml.Node]:
    """Read a recipe's file as plain data; also returns the syntax tree with the lines of the keys.

    Raises:
        RecipeError: if the file is not a YAML mapping, or is larger than a recipe can be.
    """
    if file.stat().st_size > MAX_BYTES:
        raise RecipeError(f"{file} is larger than {MAX_BYTES} bytes: it is not a recipe")
    try:
        text = file.read_text(encoding="utf-8")
        _refuse_what_unfolds(text, file)
        loader = LOADER(text)
        nodes = loader.get_single_node()
        _refuse_keys_twice(nodes, file)
        raw = loader.construct_document(nodes) if nodes else None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise RecipeError(f"{file} is not YAML: {_said(error)}") from None
    if not isinstance(raw, dict) or nodes is None:
        raise RecipeError(f"{file} is not a recipe: it must be a mapping with data and make")
    return raw, nodes


def _said(error: Exception) -> str:
    return str(error).replace('"<unicode string>", ', "")


def _refuse_what_unfolds(text: str, file: Path) -> None:
    depth = 0
    for event in yaml.parse(text, LOADER):
        # A few lines with aliases of aliases can expand to gigabytes.
        if isinstance(event, yaml.AliasEvent):
            raise RecipeError(f"{file} uses a YAML alias (*name): write the value out")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise RecipeError(
                f"{file} is nested more than {MAX_DEPTH} levels deep: it is not a recipe"
            )


def _refuse_keys_twice(node: yaml.Node | None, file: Path) -> None:
    """Refuse a key that a mapping has twice: YAML's own reader silently keeps the last value."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_keys_twice(item, file)
    if not isinstance(node, yaml.MappingNode):
        return
    lines: dict[str, int] = {}
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        if name in lines:
            raise RecipeError(
                f"{file}:{line}: the key {name!r} is repeated; line {lines[name]} has it already"
            )
        lines[name] = line
        _refuse_keys_twice(value, file)


def _refuse_other_slot(slot: str) -> None:
    *_, before, last = ("", *slot.split("."))
    name = f"{before}.0" if last.isdigit() else last
    if name not in SLOTS:
        raise RecipeError(
            f"--use {slot}: this key does not take a component",
            hint=f"use a key that ends in {', '.join(SLOTS)}",
        )


def _put(raw: dict[str, object], key: str, value: object, *, flag: str, replace: bool) -> None:
    *path, last = key.split(".")
    here: _Nested = raw
    for step in path:
        here = _step_into(here, step, f"{flag} {key}")
    if isinstance(here, list):
        at = _index(here, last, f"{flag} {key}")
        here[at] = value if replace else merged(here[at], value, (*path, last))
        return
    before = here.get(last)
    if not replace:
        value = merged(before, value, (*path, last))
    elif isinstance(before, dict) and isinstance(value, dict):
        value = {**value, **{k: before[k] for k in ("weight", "every", "same") if k in before}}
    here[last] = value


def _step_into(here: _Nested, step: str, what: str) -> _Nested:
    """Return the value of a key; an id alone becomes a mapping, in which options can be set."""
    if isinstance(here, list):
        at = _index(here, step, what)
        found = here[at] = _spelt_out(here[at])
    else:
        found = here[step] = _spelt_out(here.get(step, {}))
    if not isinstance(found, (dict, list)):
        raise RecipeError(f"{what}: {step!r} is {found!r}, which has no keys to set")
    return found


def _spelt_out(value: object) -> object:
    return {"use": value} if isinstance(value, str) else value


def _index(here: list[object], step: str, what: str) -> int:
    if not step.isdigit() or int(step) >= len(here):
        raise RecipeError(
            f"{what}: {step!r} is not a position in this list; "
            f"it has {len(here)} items, counted from 0"
        )
    return int(step)


def _meant(errors: Iterable[ErrorDetails]) -> list[ErrorDetails]:
    """Where a value may be of several kinds, keep only the errors of the kind that was meant."""
    kept: list[ErrorDetails] = []
    unions: dict[tuple[int | str, ...], dict[int | str, list[ErrorDetails]]] = {}
    for error in errors:
        loc = error["loc"]
        at = next((place for place, step in enumerate(loc) if _is_branch(step)), None)
        if at is None:
            kept.append(error)
        else:
            # A union inside a checked number inside a union counts as one union of all kinds.
            kind = next((step for step in loc[at:] if "[" not in str(step)), loc[at])
            unions.setdefault(loc[:at], {}).setdefault(kind, []).append(error)
    for branches in unions.values():
        # A branch that refuses the type of the value was not meant.
        likely = [b for b in branches.values() if not b[0]["type"].endswith("_type")]
        fewest: list[ErrorDetails] = min(likely or list(branches.values()), key=len)
        kept += _one_each(fewest)
    return kept


def _one_each(errors: Iterable[ErrorDetails]) -> Iterable[ErrorDetails]:
    """Of the errors of one value, such as one for each kind of number, keep the likeliest."""
    found: dict[tuple[int | str, ...], ErrorDetails] = {}
    for error in errors:
        place = tuple(step for step in error["loc"] if not _is_branch(step))
        if place not in found or found[place]["type"].endswith("_type"):
            found[place] = error
    return found.values()


def _fault(
    error: ErrorDetails, name: str, nodes: yaml.Node | None, changed: Mapping[str, str]
) -> str:
    path, line, siblings = _locate(error["loc"], nodes)
    key = ".".join(path)
    where = f"{name}:{line}" if line else name
    for other, flag in changed.items():
        both = list(zip(path, other.split("."), strict=False))
        if both and all(one == two for one, two in both):  # one lies within the other
            where = f"{flag} {other}"
    if error["type"] == "extra_forbidden":
        known = _fields_at(path[:-1])
        return f"{where}: unknown key {key!r}\n  {nearest(path[-1], known or siblings)}"
    if error["type"] == "missing":
        return f"{where}: {key!r} is missing"
    place = f"{where}: {key}" if key and not where.endswith(f" {key}") else where
    return f"{place}: {_rule(error)}"


def _rule(error: ErrorDetails) -> str:
    """Return the rule that a value breaks, in words for people who do not know Python."""
    kind, message = error["type"], str(error["msg"])
    if kind == "model_type" and str(error.get("ctx", {}).get("class_name")).endswith("Choice"):
        return "must name a component: plugin/name, or {use: plugin/name, ...}"
    least = error.get("ctx", {}).get("min_length", 1)
    if kind == "too_short" and least > 1:
        return f"must have at least {least} items"
    rules = {
        "model_type": "must be a mapping of keys to values",
        "dict_type": "must be a mapping of keys to values",
        "tuple_type": "must be a list",
        "list_type": "must be a list",
        "string_type": "must be text: put it between quotes",
        "too_short": "must not be empty",
        "invalid_key": "a key must be text: put it between quotes",
        "string_pattern_mismatch": "a name consists of small letters, digits and _, and begins "
        "with a letter; set column: if the column of the data has another name",
    }
    plain = message.removeprefix("Value error, ").replace("Input should be", "must be")
    return rules.get(kind, plain)


def _locate(loc: tuple[int | str, ...], node: yaml.Node | None) -> tuple[list[str], int, list[str]]:
    """Return the path and the line of a fault, and the other keys beside it.

    Pydantic's ``loc`` also names the branches of unions, which the path leaves out.
    """
    path: list[str] = []
    line, siblings = 0, []
    for step in loc:
        if _is_branch(step):
            continue
        path.append(str(step))
        if isinstance(node, yaml.MappingNode):
            keys = {str(key.value): (key, value) for key, value in node.value}
            siblings = [name for name in keys if name != str(step)]
            key, below = keys.get(str(step), (None, None))
            line = key.start_mark.line + 1 if key else line or node.start_mark.line + 1
            node = below
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step] if step < len(node.value) else None
            line = node.start_mark.line + 1 if node else line
        else:
            node = None
    return path, line, siblings


def _is_branch(step: object) -> bool:
    return str(step) in ("float", "int", "Schedule", "LearningRates") or "[" in str(step)


def _fields_at(path: list[str]) -> list[str]:
    """Return the valid keys at a path of the recipe; none inside a component's options."""
    here: object = Recipe
    for step in path:
        model = _model_in(here)
        if model is not None and step in model.model_fields:
            here = model.model_fields[step].annotation
        elif get_origin(here) in (dict, list):
            here = get_args(here)[-1]
        else:
            return []
    model = _model_in(here)
    # Other keys in a component's mapping are its own options.
    closed = model is not None and model.model_config.get("extra") == "forbid"
    return list(model.model_fields) if model is not None and closed else []


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Return the pydantic model of this annotation, if its value is a mapping."""
    if get_origin(annotation) in (dict, list):
        return None
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
