"""`mmgan-zoo pull`."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from mmgan_core.cli.output import print_json
from mmgan_core.cli.recipe_options import Json
from mmgan_core.cli.renamed import OUT_WAS_TO

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Examples: mmgan-zoo pull digits-28 | "
    "mmgan-zoo pull hf:me/digits@v1 --out models/digits",
    context_settings=OUT_WAS_TO,
)
def pull(
    name: Annotated[str, typer.Argument(help="A name of the zoo, or hf:ORG/NAME[@REV].")],
    revision: Annotated[
        str, typer.Option(help="A branch, tag or commit; default: the newest.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A directory to copy it to; default: the Hub's cache."),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Use only what was pulled before.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Get a model at a fixed commit, and compare every hash; nothing of it is executed."""
    from mmgan_core.zoo.pull import pull as pull_model

    pulled = pull_model(name, revision=revision, to=out, offline=offline)
    manifest, path = pulled.directory.manifest, pulled.directory.path
    if as_json:
        print_json(
            {
                "name": manifest.name,
                "path": str(path),
                "commit": pulled.commit,
                "bytes": manifest.size,
                "missing": pulled.missing,
            }
        )
    else:
        at = f" at {pulled.commit}" if pulled.commit else ""
        typer.echo(f"{manifest.name}{at}: {manifest.size / 1e6:.1f} MB, all hashes match: {path}")
        if not pulled.missing:
            load = f"dir:{out}" if out else name if "/" not in name else f"hf:{_bare(name)}"
            typer.echo(f"use it: {use_of(load, manifest.given)}")
    if pulled.missing:
        typer.echo(f"to use it: {pulled.missing}", err=True)
        raise typer.Exit(3)


def _bare(name: str) -> str:
    return name.removeprefix("hf:")


def use_of(address: str, given: Iterable[str]) -> str:
    """A command that uses a model; it can be pasted whatever the address holds."""
    example = next((f" {entry}=..." for entry in given), "")
    return f"mmgan-zoo generate {shlex.quote(address)}{example} --count 8"
