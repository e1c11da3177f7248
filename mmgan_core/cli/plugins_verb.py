"""`mmgan-zoo plugins`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def plugins() -> None:
    """List the installed plugins with their status, check one, or start a new one."""


@app.command("ls", epilog="Example: mmgan-zoo plugins ls --strict")
def ls(
    strict: Annotated[bool, typer.Option("--strict", help="Fail if a plugin is not ok.")] = False,
    as_json: Json = False,
) -> None:
    """List every installed plugin with its status and, if it is not ok, what to do."""
    from mmgan_core.cli.verbs import ask_everything
    from mmgan_core.plugins.manager import plugins as installed

    ask_everything()
    found = list(installed())
    if as_json:
        print_json(
            [
                {
                    "name": p.name,
                    "distribution": p.distribution,
                    "version": p.version,
                    "status": p.status,
                    "reason": p.reason,
                }
                for p in found
            ]
        )
    else:
        print_table("", [(p.name, p.distribution, p.version, p.status, p.reason) for p in found])
    if strict and any(plugin.status != "ok" for plugin in found):
        raise typer.Exit(3)


@app.command("check", epilog="Examples: mmgan-zoo plugins check image | plugins check mine --json")
def check(
    name: Annotated[str, typer.Argument(help="A plugin's name, as `plugins ls` shows it.")],
    as_json: Json = False,
) -> None:
    """Run the contract tests of a plugin's components; the exit code is 1 if a test fails."""
    from mmgan_core.cli.verbs import ask_everything
    from mmgan_core.foundation.progress import progress
    from mmgan_core.testing.report import Report
    from mmgan_core.testing.runner import how_many, results

    ask_everything()
    found = []
    with progress(f"checking {name}", how_many(name)) as advance:
        for result in results(name):
            found.append(result)
            advance(1)
    report = Report(name, found)
    if as_json:
        print_json(report.plain())
    else:
        print_table("", report.rows(), head=("what", "passed", "skipped", "failed"))
        for line in (report.skips(), report.failures()):
            typer.echo(f"\n{line}" if line else "", nl=bool(line))
    if not report.ok:
        raise typer.Exit(1)


@app.command(
    "new",
    epilog="Examples: mmgan-zoo plugins new sparkle --with generator --with loss | "
    "mmgan-zoo plugins new shapes --with data-source --out ~/code/mmgan-shapes",
)
def new(
    name: Annotated[str, typer.Argument(help="The plugin's name; its ids begin with it.")],
    supplies: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="KIND",
            help="What it supplies: a kind of component as `ls` names them, "
            "command or observer; can be repeated; default: it asks.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The directory to write; default: ./mmgan-NAME."),
    ] = None,
    author: Annotated[
        str | None, typer.Option(metavar="NAME", help="The author: 'A. Person <a@b.example>'.")
    ] = None,
) -> None:
    """Write the package of a new plugin: working components, tests, README, CI."""
    from mmgan_core.cli.verbs import VERBS
    from mmgan_core.scaffold.asking import asked_author, asked_kinds
    from mmgan_core.scaffold.naming import distribution_of, refuse_name
    from mmgan_core.scaffold.package import package, refuse_folder

    refuse_name(name)
    folder = out or Path(distribution_of(name))
    refuse_folder(folder)
    if supplies is None:
        supplies = asked_kinds(name)
        author = asked_author() if author is None else author
    begun = package(name, supplies, author or "", verbs=VERBS)
    begun.write(folder)
    typer.echo(f"wrote {folder}: {', '.join(part.kind for part in begun.parts)}; next:")
    for line in begun.next_lines(folder):
        typer.echo(f"  {line}")
