"""The schema of recipes knows the kind of component of every key, so that editors complete it."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import jsonschema
import pytest
from pydantic import BaseModel

from mmgan_core.cli.schema_verb import recipe_schema
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.recipe.choices import ComponentChoice
from mmgan_core.recipe.schema import Recipe
from mmgan_core.spec import KINDS as KINDS_OF_COMPONENTS
from mmgan_core.spec import Kind

# A source is mostly an address, such as folder:DIR, which no list can hold.
LEFT_OPEN = ("Recipe", "data")


def classes(annotation: object) -> Iterator[type]:
    """All classes in an annotation."""
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for inner in get_args(annotation):
        yield from classes(inner)


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model and all those in its fields."""
    yield model
    for field in model.model_fields.values():
        for found in classes(field.annotation):
            if issubclass(found, BaseModel):
                yield from models(found)


KEYS = sorted(
    {
        (model.__name__, key)
        for model in models(Recipe)
        for key, field in model.model_fields.items()
        if any(issubclass(found, ComponentChoice) for found in classes(field.annotation))
    }
    - {LEFT_OPEN}
)


# The kind of component by key, where it is not the key's own name.
KINDS: dict[str, Kind] = {
    "align": "alignment",
    "augment": "augmentation",
    "auxiliary_losses": "auxiliary_loss",
    "data_augment": "augmentation",
    "given_encoder": "encoder",
    "inference": "encoder",
    "made": "encoder",
    "metrics": "metric",
    "penalties": "penalty",
}


def kind_of(model: str, key: str) -> Kind:
    """The kind of component that a key takes; a new key needs its kind in ``KINDS``."""
    if (model, key) == ("Joint", "discriminator"):
        return "joint_discriminator"
    kind = KINDS.get(key, key)
    assert kind in KINDS_OF_COMPONENTS, f"say in KINDS which components {model}.{key} takes"
    return kind


@pytest.fixture(scope="module")
def schema() -> Any:
    return recipe_schema()


def refs(node: object) -> Iterator[str]:
    """The names of definitions that a part of a schema refers to."""
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].rpartition("/")[2]
        for inner in node.values():
            yield from refs(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from refs(inner)


def properties(schema: Any, model: str, key: str) -> list[Any]:
    """What the schema says of a key; choices of components hold it in each of their options."""
    if model == "Recipe":
        return [schema["properties"][key]]
    prefix = {"_AlignChoice": "align.", "DiscriminatorChoice": "discriminators."}.get(model)
    if prefix is None:
        return [schema["$defs"][model]["properties"][key]]
    return [d["properties"][key] for n, d in schema["$defs"].items() if n.startswith(prefix)]


def test_the_keys_are_found() -> None:
    expected = {
        ("Make", "generator"),
        ("Matcher", "given_encoder"),
        ("Recipe", "align"),
        ("_AlignChoice", "made"),
        ("Evaluate", "metrics"),
    }
    assert expected <= set(KEYS)


@pytest.mark.parametrize(("model", "key"), KEYS)
def test_every_key_that_takes_a_component_lists_those_of_its_kind_that_are_installed(
    schema: Any, model: str, key: str
) -> None:
    installed = [spec.id for spec in catalogue().of(kind_of(model, key))]
    found = properties(schema, model, key)
    assert found
    for said in found:
        named = list(refs(said))
        assert named
        assert not [name for name in named if name.endswith("Choice")], "any component at all"
        for name in named:
            assert schema["$defs"][name]["anyOf"][0]["enum"] == installed


@pytest.mark.parametrize(
    "align",
    [
        "objectives/contrastiv",
        {"use": "objectives/contrastive", "tempratur": 1},
        {"use": "objectives/contrastive", "made": {"image": "image/cnov"}},
    ],
)
def test_a_misspelt_alignment_is_refused(schema: Any, align: object) -> None:
    made = {"generator": "core/dense", "discriminator": "core/dense", "loss": "objectives/hinge"}
    whole = {"data": "core/digits", "make": {"image": made}, "align": "objectives/contrastive"}
    matched = {"matcher": {"encoder": "image/conv", "given": "label", "given_encoder": None}}
    good = json.loads(json.dumps({**whole, "make": {"image": {**made, **matched}}}))
    jsonschema.validate(good, schema)
    good["align"] = {"use": "objectives/contrastive", "weight": 2, "made": {"image": "image/conv"}}
    jsonschema.validate(good, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**whole, "align": align}, schema)
