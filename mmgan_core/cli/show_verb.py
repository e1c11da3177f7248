"""`mmgan-zoo show`."""

from __future__ import annotations

from types import UnionType
from typing import TYPE_CHECKING, Annotated, Literal, TypedDict, Union, get_args, get_origin

import typer

from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json
from mmgan_core.foundation.yaml_text import from_yaml

if TYPE_CHECKING:
    from mmgan_core.contracts.component import Component
    from mmgan_core.spec import Spec

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class _Card(TypedDict):
    kind: str
    id: str
    version: int
    summary: str
    modalities: list[str]
    distribution: str
    licence: str
    paper: str
    notes: list[str]
    options: list[dict[str, str]]


@app.command(epilog="Examples: mmgan-zoo show image/r3 | mmgan-zoo show digits")
def show(
    name: Annotated[str, typer.Argument(help="A component's id, or a recipe's name.")],
    kind: Annotated[
        str | None, typer.Option(help="The kind of component, if several kinds share an id.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a component's options, or a recipe."""
    if "/" not in name or name.endswith((".yaml", ".yml")):
        from mmgan_core.recipe.reading import find_recipe

        text = find_recipe(name).read_text(encoding="utf-8")
        if as_json:
            print_json(from_yaml(text))
        else:
            typer.echo(text, nl=False)
        return
    cards = _cards(name, kind)
    if as_json:
        print_json(cards)
        return
    for card in cards:
        _print(card)


def _cards(name: str, kind: str | None) -> list[_Card]:
    from mmgan_core.errors import UsageError, nearest
    from mmgan_core.plugins.catalogue import catalogue

    known = catalogue()
    found = [(k, spec) for k, spec in known if spec.id == name and kind in (None, k)]
    if not found:
        kinds = [k for k, spec in known if spec.id == name]
        if kinds:
            article = "an" if str(kind)[:1] in "aeiou" else "a"
            raise UsageError(
                f"{name} is not {article} {kind}", hint=f"its kind: {' and '.join(kinds)}"
            )
        ids = [spec.id for _, spec in known]
        raise UsageError(f"there is no component {name!r}", hint=nearest(name, ids))
    return [
        {
            "kind": k,
            "id": spec.id,
            "version": spec.version,
            "summary": spec.summary,
            "modalities": list(spec.modalities) or ["any"],
            "distribution": known.owner(k, spec.id),
            "licence": known.licence(k, spec.id),
            "paper": spec.paper,
            "notes": _notes(spec),
            "options": _options(known.load(k, spec.id)),
        }
        for k, spec in found
    ]


def _notes(spec: Spec) -> list[str]:
    notes = []
    if spec.keeps_batch_state:
        notes.append("the result for a sample depends on the other samples in its batch")
    if not spec.twice_differentiable:
        notes.append(
            "exact gradient penalties cannot be used: use objectives/finite-difference instead"
        )
    return notes


def _options(cls: type[Component]) -> list[dict[str, str]]:
    schema = cls.Options.model_json_schema()
    rows = []
    for name, field in cls.Options.model_fields.items():
        default = schema["properties"].get(name, {}).get("default")
        if field.is_required():
            shown = "required"
        else:
            shown = "follows other options" if field.default_factory else str(default)
        rows.append(
            {
                "name": name,
                "type": _words(field.annotation),
                "default": shown,
                "description": field.description or "",
            }
        )
    return rows


def _words(kind: object) -> str:
    """The type of an option in the words of a recipe: its choices, and null for none."""
    if kind is type(None):
        return "null"
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _words(inner[0])
    if origin is Literal:
        return " | ".join(map(str, inner))
    if origin in (Union, UnionType):
        return " | ".join(map(_words, inner))
    if origin is tuple and inner[-1] is Ellipsis:
        return f"list[{_words(inner[0])}]"
    name = getattr(origin or kind, "__name__", str(kind))
    return f"{name}[{', '.join(map(_words, inner))}]" if inner else name


def _print(card: _Card) -> None:
    typer.secho(
        f"{card['kind'].replace('_', ' ')} {card['id']} (version {card['version']})", bold=True
    )
    typer.echo(f"  {card['summary']}")
    about = [
        ("works on", " ".join(card["modalities"])),
        ("supplied by", card["distribution"]),
        ("licence", card["licence"] or "unknown"),
        ("paper", card["paper"]),
    ]
    about += [("note", note) for note in card["notes"]]
    print_table("", [row for row in about if row[1]])
    rows = [(o["name"], o["type"], o["default"], o["description"]) for o in card["options"]]
    print_table("  options" if rows else "", rows)
