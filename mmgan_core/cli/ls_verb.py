"""`mmgan-zoo ls`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json

if TYPE_CHECKING:
    from mmgan_core.plugins.listing import ListedComponent

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class _Facts(TypedDict, total=False):
    components: list[ListedComponent]
    recipes: list[dict[str, str]]
    not_installed: list[dict[str, str]]


@app.command(
    epilog="Examples: mmgan-zoo ls | mmgan-zoo ls generator --modality audio | mmgan-zoo ls recipes"
    " | mmgan-zoo ls models --given text --made image"
)
def ls(
    kind: Annotated[
        str, typer.Argument(help="A kind of component, such as generator; or recipes; or models.")
    ] = "",
    modality: Annotated[
        str | None, typer.Option(help="Only components that work on this kind of data.")
    ] = None,
    given: Annotated[
        list[str] | None, typer.Option(metavar="ENTRY", help="Only models that take this entry.")
    ] = None,
    made: Annotated[
        list[str] | None, typer.Option(metavar="ENTRY", help="Only models that make this entry.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List components, recipes, models, and plugins that can be installed."""
    from mmgan_core.errors import UsageError
    from mmgan_core.plugins.listing import kind_of, listed_components

    kind = kind.replace("-", "_")
    if kind in ("model", "models") and modality is None:
        from mmgan_core.cli.models_list import list_models

        list_models(given or (), made or (), as_json=as_json)
        return
    if given or made:
        raise UsageError(
            "--given and --made apply to models only", hint="list them: mmgan-zoo ls models"
        )
    if kind == "recipes" and modality is not None:
        raise UsageError("recipes cannot be filtered by modality", hint="leave out --modality")
    facts: _Facts = {}
    if kind != "recipes":
        chosen = kind_of(kind, ["recipes", "models"]) if kind else None
        facts["components"] = listed_components(chosen, modality)
    if kind in ("", "recipes") and modality is None:
        facts["recipes"] = _recipes()
    if kind == "":
        facts["not_installed"] = _not_installed()
    if as_json:
        listed = [asdict(row) for row in facts.get("components", ())]
        print_json({**facts, "components": listed} if "components" in facts else facts)
    else:
        _print(facts)


def _recipes() -> list[dict[str, str]]:
    from mmgan_core.recipe.shelf import list_recipes

    return [
        {"name": name, "summary": _summary(file), "file": str(file)}
        for name, file in sorted(list_recipes().items())
    ]


def _summary(file: Path) -> str:
    text = file.read_text(encoding="utf-8", errors="replace")  # whatever a plugin brings
    # Reading the one line is quicker than parsing every recipe.
    lines = (line for line in text.splitlines() if line.startswith("summary:"))
    return next(lines, "").removeprefix("summary:").strip()


def _not_installed() -> list[dict[str, str]]:
    from mmgan_core.plugins.manager import KNOWN, plugins

    there = {plugin.name for plugin in plugins()}
    return [
        {"plugin": name, "install": f"pip install {distribution}"}
        for name, distribution in KNOWN.items()
        if name not in there
    ]


def _print(facts: _Facts) -> None:
    components = facts.get("components", [])
    for kind in dict.fromkeys(row.kind for row in components):
        rows = [
            (row.id, " ".join(row.modalities) or "any", row.summary)
            for row in components
            if row.kind == kind
        ]
        print_table(kind.replace("_", " "), rows)
    if "recipes" in facts:
        print_table("recipes", [(row["name"], row["summary"]) for row in facts["recipes"]])
    if facts.get("not_installed"):
        missing = [(row["plugin"], row["install"]) for row in facts["not_installed"]]
        print_table("known, but not installed", missing)
