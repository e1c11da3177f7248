"""`mmgan-zoo report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmgan_core.cli.model_options import RunName
from mmgan_core.cli.recipe_options import SetOfRun, set_values

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="Example: mmgan-zoo report runs/digits")
def report(
    run: RunName,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The file to write; default: RUN/report.html."),
    ] = None,
    settings: SetOfRun = None,
) -> None:
    """Write the report of a run as one HTML file: curves, samples, numbers, recipe, versions."""
    from mmgan_core.runs.report import report_html
    from mmgan_core.zoo.addresses import run_of

    path = run_of(run, "a report is written of a run, which keeps its metrics")

    file = out or path / "report.html"
    file.write_text(report_html(path, set_values(settings)), encoding="utf-8")
    typer.echo(file)
