"""`mmgan-zoo schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue

    from mmgan_core.spec import Kind

app = typer.Typer(add_completion=False, rich_markup_mode=None)

# The kind of component that each key of a section of the recipe takes.
SLOTS: dict[tuple[str, str], Kind] = {
    ("Given", "encoder"): "encoder",
    ("Given", "modality"): "modality",
    ("Evaluator", "encoder"): "encoder",
    ("Evaluator", "modality"): "modality",
    ("Matcher", "encoder"): "encoder",
    ("Matcher", "given_encoder"): "encoder",
    ("Make", "modality"): "modality",
    ("Make", "generator"): "generator",
    ("Make", "discriminator"): "discriminator",
    ("Make", "loss"): "loss",
    ("Make", "inference"): "encoder",
    ("DiscriminatorChoice", "loss"): "loss",
    ("Joint", "discriminator"): "joint_discriminator",
    ("Joint", "loss"): "loss",
    ("Recipe", "fusion"): "fusion",
    ("Train", "optimizer"): "optimizer",
}
SHORT = {("Train", "optimizer"): ("adam", "sgd")}
"""The words that some keys take in place of a component."""
OPTIONAL = {
    ("Evaluator", "modality"),
    ("Matcher", "given_encoder"),
    ("Make", "discriminator"),
    ("Make", "loss"),
    ("Make", "inference"),
    ("DiscriminatorChoice", "loss"),
    ("Recipe", "fusion"),
}
"""The keys among them that may be null."""
# Keys that take a list of components, and the model of the keys beside a component's options.
LISTS: dict[tuple[str, str], tuple[Kind, str]] = {
    ("Make", "penalties"): ("penalty", "PenaltyChoice"),
    ("DiscriminatorChoice", "penalties"): ("penalty", "PenaltyChoice"),
    ("Joint", "penalties"): ("penalty", "PenaltyChoice"),
    ("Make", "auxiliary_losses"): ("auxiliary_loss", "AuxiliaryLossChoice"),
    ("Make", "augment"): ("augmentation", "_AugmentChoice"),
    ("Make", "data_augment"): ("augmentation", "_DataAugmentChoice"),
    ("Evaluate", "metrics"): ("metric", "ComponentChoice"),
}
# Components whose numbers may be schedules; the others have no part in training steps.
FOLLOW_TIME = (
    "encoder",
    "alignment",
    "fusion",
    "generator",
    "discriminator",
    "loss",
    "penalty",
    "auxiliary_loss",
    "augmentation",
    "optimizer",
)
ALONE = ("augment", "data_augment")
"""The keys among them whose value may be a single component without a list."""


@app.command(epilog="Example: mmgan-zoo schema --out recipe.schema.json")
def schema(
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file to write; default: print it.")
    ] = None,
) -> None:
    """Write the JSON Schema of recipes, with the options of every installed component."""
    text = json.dumps(recipe_schema(), indent=1)
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text, encoding="utf-8")
        typer.echo(f"wrote {out}; begin a recipe with  # yaml-language-server: $schema={out}")


def recipe_schema() -> JsonSchemaValue:
    """Return the JSON Schema of recipes; each key allows the components installed for it."""
    from mmgan_core.recipe.schema import Recipe

    whole = Recipe.model_json_schema(by_alias=True)
    definitions: JsonSchemaValue = whole["$defs"]
    for (model, field), kind in SLOTS.items():
        holder = whole if model == "Recipe" else definitions[model]
        choices: list[JsonSchemaValue] = [{"$ref": f"#/$defs/{kind}"}]
        if (model, field) in SHORT:
            choices.append({"enum": list(SHORT[model, field])})
        holder["properties"][field] = {
            "anyOf": [*choices, {"type": "null"}] if (model, field) in OPTIONAL else choices
        }
        definitions.setdefault(kind, {"anyOf": _choices(kind, kind, definitions)})
    for (model, field), (kind, choice) in LISTS.items():
        beside = {k: v for k, v in definitions[choice]["properties"].items() if k != "use"}
        one = {"$ref": f"#/$defs/{field}"}
        definitions[field] = {"anyOf": _choices(kind, field, definitions, beside)}
        several = {"type": "array", "items": one}
        alone = [one, {"type": "null"}] if field in ALONE else []
        if model == "DiscriminatorChoice":
            alone = [{"type": "null"}]
        definitions[model]["properties"][field] = {"anyOf": [several, *alone]}
    _allow_several_discriminators(definitions)
    _allow_alignments(whole)
    _allow_short(whole)
    whole["properties"]["data"]["anyOf"] += [
        {"type": "object", "required": ["sources", "pair_on"], "description": "core/paired"},
        {"type": "object", "required": ["mix"], "description": "core/mixed"},
    ]
    return whole


def _allow_several_discriminators(definitions: JsonSchemaValue) -> None:
    """Allow a list where a made entry names its discriminator."""
    properties = definitions["DiscriminatorChoice"]["properties"]
    beside = {key: value for key, value in properties.items() if key != "use"}
    choices = _choices("discriminator", "discriminators", definitions, beside)
    definitions["discriminators"] = {"anyOf": choices}
    several = {"type": "array", "items": {"$ref": "#/$defs/discriminators"}, "minItems": 1}
    definitions["Make"]["properties"]["discriminator"]["anyOf"].append(several)


def _allow_alignments(whole: JsonSchemaValue) -> None:
    """Allow an alignment, whose other keys name encoders by made entry."""
    definitions = whole["$defs"]
    properties = definitions["_AlignChoice"]["properties"]
    beside = {key: value for key, value in properties.items() if key != "use"}
    entries = {key: {"$ref": "#/$defs/encoder"} for key in beside["made"]["patternProperties"]}
    beside["made"] = {**beside["made"], "patternProperties": entries}
    definitions["align"] = {"anyOf": _choices("alignment", "align", definitions, beside)}
    whole["properties"]["align"]["anyOf"] = [{"$ref": "#/$defs/align"}, {"type": "null"}]


def _allow_short(node: object) -> None:
    """Allow a component's id alone wherever a component can be chosen."""
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, dict) and value.get("$ref", "").endswith("Choice"):
                node[key] = {"anyOf": [{"type": "string"}, value]}
            else:
                _allow_short(value)
    elif isinstance(node, list):
        if any(isinstance(one, dict) and one.get("$ref", "").endswith("Choice") for one in node):
            node.append({"type": "string"})
        for one in node:
            _allow_short(one)


def _or_schedule(option: JsonSchemaValue) -> JsonSchemaValue:
    """Allow a schedule where an option is a number, and in a list of so many numbers."""
    if "prefixItems" in option:
        return {**option, "prefixItems": [_or_schedule(one) for one in option["prefixItems"]]}
    kinds = option.get("anyOf", [option])
    if not any(one.get("type") in ("number", "integer") for one in kinds):
        return option
    words: JsonSchemaValue = {
        key: option[key] for key in ("title", "description", "default") if key in option
    }
    bare = [{k: v for k, v in one.items() if k not in words} for one in kinds]
    return {**words, "anyOf": [*bare, {"$ref": "#/$defs/Schedule"}]}


def _choices(
    kind: Kind,
    slot: str,
    definitions: JsonSchemaValue,
    beside: JsonSchemaValue | None = None,
) -> list[JsonSchemaValue]:
    """Return the schemas of a choice: an id, or an object with an id, options and other keys.

    Args:
        kind: the kind of component.
        slot: the prefix of the names of its definitions.
        definitions: the definitions of the schema, which new ones are added to.
        beside: the schemas of the other keys beside the options.
    """
    from mmgan_core.plugins.catalogue import catalogue

    specs = catalogue().of(kind)
    names = [spec.id for spec in specs]
    choices: list[JsonSchemaValue] = [{"enum": names, "type": "string"}]
    for spec in specs:
        options = catalogue().load(kind, spec.id).Options.model_json_schema()
        definitions.update(options.pop("$defs", {}))
        # Without `use`, the name of an entry chooses its modality.
        required = [] if kind == "modality" else ["use"]
        own = options.get("properties", {})
        if kind in FOLLOW_TIME:
            own = {option: _or_schedule(one) for option, one in own.items()}
        options["properties"] = {"use": {"const": spec.id}, **(beside or {}), **own}
        options |= {
            "title": spec.id,
            "description": spec.summary,
            "required": [*required, *([] if kind == "modality" else options.get("required", []))],
        }
        name = f"{slot}.{spec.id.replace('/', '.')}"
        definitions[name] = options
        choices.append({"$ref": f"#/$defs/{name}"})
    return choices
