"""Old spellings of keys and component ids: they are read and noted once, but never written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

import yaml

Value = TypeVar("Value")

# By the section of a key: its old spelling and the present one. A star stands for any name.
KEYS: Mapping[tuple[str, ...], Mapping[str, str]] = {
    ("make", "*"): {
        "judge": "evaluator",
        "terms": "auxiliary_losses",
        "vary": "data_augment",
        "mismatched": "matching_aware",
        "auxiliary": "auxiliary_classifier",
        "adversarial_after": "adversarial_start",
    },
    ("make", "*", "augment"): {"tell": "condition_discriminator"},
    ("make", "*", "augment", "*"): {"tell": "condition_discriminator"},
    ("make", "*", "repair"): {"holes": "masks"},
}
COMPONENTS: Mapping[str, str] = {
    "core/agreement": "core/condition-accuracy",
    "image/dense": "core/dense",
    "sketch/variety": "sketch/diversity",
}
# The keys whose value may be the id of a component.
_SLOTS = ("use", "generator", "discriminator")
MEASUREMENTS: Mapping[str, str] = {"agreement": "condition accuracy"}
# The parts of a training whose state a checkpoint holds, by their old names.
_WEIGHTS = {"terms": "auxiliary_losses", "variations": "data_augmentations"}
_MANIFEST_KEYS = {
    "judge": "evaluator",
    "judge_hash": "evaluator_hash",
    "judge_accuracy": "evaluator_accuracy",
}
# Options in the commands of a card.
_CARD_OPTIONS = {re.compile(r"^(mmgan-zoo export .*) --to ", re.MULTILINE): r"\1 --out "}


def present_card(text: str) -> str:
    """Return a card with the options of its commands in their present spelling."""
    for old, new in _CARD_OPTIONS.items():
        text = old.sub(new, text)
    return text


def present_component(id_: str) -> str:
    """Return the present id of a component."""
    return COMPONENTS.get(id_, id_)


def present_spelling(key: str) -> str:
    """Return the present spelling of a dotted key, as the command line gives it."""
    path: list[str] = []
    for step in key.split("."):
        path.append(_renamed(path, step))
    return ".".join(path)


def with_present_spellings(raw: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    """Return a recipe, as plain data, in the present spelling, and notes on what was renamed."""
    found: dict[str, None] = {}
    return _renamed_mapping(raw, [], found), list(found)


def present_measurement(row: Mapping[str, object]) -> dict[str, object]:
    """Return a measured number, as a model or a run keeps it, in the present spelling."""
    named = {_MANIFEST_KEYS.get(key, key): value for key, value in row.items()}
    if "name" in named:
        named["name"] = MEASUREMENTS.get(str(named["name"]), named["name"])
    return named


def present_weights(weights: Mapping[str, Value]) -> dict[str, Value]:
    """The tensors of a checkpoint, by the names that training gives them today."""
    return {_present_weight(name): value for name, value in weights.items()}


def _present_weight(name: str) -> str:
    part, dot, rest = name.partition(".")
    return f"{_WEIGHTS.get(part, part)}{dot}{rest}"


def rename_nodes(node: yaml.Node | None, path: Iterable[str] = ()) -> None:
    """Give the keys of a syntax tree their present spelling, so that messages find their lines."""
    here = list(path)
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            rename_nodes(item, [*here, str(number)])
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            key.value = _renamed(here, str(key.value))
            rename_nodes(value, [*here, key.value])


def _data(value: object, path: list[str], found: dict[str, None]) -> object:
    if isinstance(value, list):
        return [_data(item, [*path, str(number)], found) for number, item in enumerate(value)]
    if isinstance(value, dict):
        return _renamed_mapping(value, path, found)
    return _component(value, path, found)


def _renamed_mapping(
    value: Mapping[str, object], path: list[str], found: dict[str, None]
) -> dict[str, object]:
    renamed = {}
    for key, inner in value.items():
        name = _renamed(path, key) if isinstance(key, str) else key
        if name != key:
            if name in value:  # both spellings: the check of the recipe reports it
                name = key
            else:
                found[f"{key!r} is now {name!r}"] = None
        renamed[name] = _data(inner, [*path, str(name)], found)
    return renamed


def _component(value: object, path: list[str], found: dict[str, None]) -> object:
    """Rename an id; it is the value of ``use`` or of a slot, or an item in the list of metrics."""
    stands = (path[-1:] and path[-1] in _SLOTS) or path[:2] == ["evaluate", "metrics"]
    if not isinstance(value, str) or not stands:
        return value
    id_, at, version = value.partition("@")
    if id_ not in COMPONENTS:
        return value
    found[f"{id_!r} is now {COMPONENTS[id_]!r}"] = None
    return f"{COMPONENTS[id_]}{at}{version}"


def _renamed(path: list[str], key: str) -> str:
    for section, names in KEYS.items():
        if len(section) == len(path) and all(
            one in ("*", other) for one, other in zip(section, path, strict=True)
        ):
            return names.get(key, key)
    return key
