"""`mmgan-zoo ls`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypedDict

import typer

from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class _Component(TypedDict):
    kind: str
    id: str
    version: int
    modalities: list[str]
    summary: str
    distribution: str


class _Facts(TypedDict, total=False):
    components: list[_Component]
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
    from mmgan_core.errors import UsageError, nearest
    from mmgan_core.spec import KINDS

    kind = kind.replace("-", "_")
    if kind in ("model", "models") and modality is None:
        from mmgan_core.cli.models_list import list_models

        list_models(given or (), made or (), as_json=as_json)
        return
    if given or made:
        raise UsageError(
            "--given and --made apply to models only", hint="list them: mmgan-zoo ls models"
        )
    if kind not in ("", "recipes", *KINDS):
        singular = kind.removesuffix("s")
        if singular not in KINDS:
            raise UsageError(
                f"there is no kind {kind!r}", hint=nearest(kind, [*KINDS, "recipes", "models"])
            )
        kind = singular
    if modality is not None:
        _refuse_unknown(modality, kind)
    facts: _Facts = {}
    if kind != "recipes":
        facts["components"] = _components(kind, modality)
    if kind in ("", "recipes") and modality is None:
        facts["recipes"] = _recipes()
    if kind == "":
        facts["not_installed"] = _not_installed()
    if as_json:
        print_json(facts)
    else:
        _print(facts)


def _refuse_unknown(modality: str, kind: str) -> None:
    from mmgan_core.errors import UsageError, nearest
    from mmgan_core.plugins.catalogue import catalogue

    if kind == "recipes":
        raise UsageError("recipes cannot be filtered by modality", hint="leave out --modality")
    known = {name for spec in catalogue().of("modality") for name in spec.modalities}
    if modality not in known:
        raise UsageError(f"there is no modality {modality!r}", hint=nearest(modality, known))


def _components(kind: str, modality: str | None) -> list[_Component]:
    from mmgan_core.plugins.catalogue import catalogue

    known = catalogue()
    return [
        {
            "kind": found,
            "id": spec.id,
            "version": spec.version,
            "modalities": list(spec.modalities),
            "summary": spec.summary,
            "distribution": known.owner(found, spec.id),
        }
        for found, spec in known
        if kind in ("", found) and (modality is None or spec.fits(modality))
    ]


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
    for kind in dict.fromkeys(row["kind"] for row in components):
        rows = [
            (row["id"], " ".join(row["modalities"]) or "any", row["summary"])
            for row in components
            if row["kind"] == kind
        ]
        print_table(kind.replace("_", " "), rows)
    if "recipes" in facts:
        print_table("recipes", [(row["name"], row["summary"]) for row in facts["recipes"]])
    if facts.get("not_installed"):
        missing = [(row["plugin"], row["install"]) for row in facts["not_installed"]]
        print_table("known, but not installed", missing)
