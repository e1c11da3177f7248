"""`mmgan-zoo report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmgan_core.cli.recipe_options import RunDirectory, SetOfRun, run_path, set_values

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="Example: mmgan-zoo report runs/digits")
def report(
    run: RunDirectory,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The file to write; default: RUN/report.html."),
    ] = None,
    settings: SetOfRun = None,
) -> None:
    """Write the report of a run as one HTML file: curves, samples, numbers, recipe, versions."""
    path = run_path(run)
    from mmgan_core.runs.report import report_html

    file = out or path / "report.html"
    file.write_text(report_html(path, set_values(settings)), encoding="utf-8")
    typer.echo(file)
