"""The tables of a recipe's keys, made from the pydantic models that check a recipe."""

from __future__ import annotations

import inspect
import json
import re
import types
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

HEAD = "| key | value | default | what it is for |\n| --- | --- | --- | --- |"
# The models that choose components, whose own options are on the components' pages.
CHOSEN = "ComponentChoice"


def tables() -> str:
    """Return a table for each section of a recipe."""
    from mmgan_core.recipe.schema import Recipe

    parts = []
    for path, model in sections("", Recipe):
        title = f"`{path}`" if path else "The recipe itself"
        said = inspect.cleandoc(model.__doc__ or "")
        rows = [_row(path, name, field) for name, field in model.model_fields.items()]
        parts.append("\n".join([f"### {title}\n", f"{said}\n", HEAD, *rows]) + "\n")
    return "\n".join(parts)


def sections(path: str, model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield each section of a recipe: its dotted path and the model that checks it."""
    yield path, model
    for name, field in model.model_fields.items():
        key = f"{path}.{name}" if path else name
        for inner, nested in _models(field.annotation):
            yield from sections(f"{key}{inner}", nested)


def _models(annotation: Any) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield the sections in a type with their paths: `.NAME` in a mapping, `[]` in a list."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        own = annotation.__module__.startswith("mmgan_core")
        if own and annotation.__name__ != CHOSEN and not _is_schedule(annotation):
            yield "", annotation
        return
    step = {dict: ".NAME", list: "[]"}.get(get_origin(annotation), "")
    for argument in get_args(annotation):
        for inner, nested in _models(argument):
            yield step + inner, nested


def _is_schedule(model: type[BaseModel]) -> bool:
    return "shape" in model.model_fields and "over" in model.model_fields


def _row(path: str, name: str, field: FieldInfo) -> str:
    default = "required" if field.is_required() else f"`{_default(field)}`"
    said = (field.description or "").replace("|", "\\|")
    return f"| `{name}` | {_kind(field.annotation)} | {default} | {said} |"


def _default(field: FieldInfo) -> str:
    found = field.get_default(call_default_factory=True)
    if isinstance(found, BaseModel):
        found = found.model_dump(mode="json", exclude_unset=True)
    if isinstance(found, list):
        found = [f.model_dump(mode="json") if isinstance(f, BaseModel) else f for f in found]
    return json.dumps(found)


def _kind(annotation: Any) -> str:
    """Describe a type in words for authors of recipes."""
    words = {
        bool: "true or false",
        int: "whole number",
        float: "number",
        str: "text",
        type(None): "null",
    }
    if annotation in words:
        return words[annotation]
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        if _is_schedule(annotation):
            return "schedule"
        return "component" if "use" in annotation.model_fields else "section"
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_kind(argument) for argument in arguments))
    if origin is dict:
        return f"{_kind(arguments[1])} by name"
    if origin in (list, tuple):
        return f"list: {_kind(arguments[0])}"
    if origin is not None and arguments:  # Annotated
        return _kind(arguments[0])
    return re.sub(r"^.*\.", "", str(annotation))
