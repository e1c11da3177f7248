"""`mmgan-zoo plugins`."""

from __future__ import annotations

from typing import Annotated

import typer

from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def plugins() -> None:
    """Plugins: what is installed and how it fares."""


@app.command("ls", epilog="Example: mmgan-zoo plugins ls --strict")
def ls(
    strict: Annotated[bool, typer.Option("--strict", help="Fail if any is not ok.")] = False,
    as_json: Json = False,
) -> None:
    """List every installed plugin with its status and, if it is not ok, the way out."""
    from mmgan_core.catalogue import catalogue
    from mmgan_core.plugins import plugins as installed

    catalogue()  # a plugin may turn out broken when it is asked for its components
    found = list(installed())
    if as_json:
        print_json([
            {"name": p.name, "distribution": p.distribution, "version": p.version,
             "status": p.status, "reason": p.reason}
            for p in found
        ])  # fmt: skip
    else:
        print_table("", [(p.name, p.distribution, p.version, p.status, p.reason) for p in found])
    if strict and any(plugin.status != "ok" for plugin in found):
        raise typer.Exit(3)
