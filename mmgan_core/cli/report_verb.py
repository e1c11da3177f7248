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
    samples: Annotated[
        int,
        typer.Option(
            min=0,
            help="How many samples to make for each of a few rows, to hear, read and compare; "
            "0 makes none.",
        ),
    ] = 2,
    settings: SetOfRun = None,
) -> None:
    """Write the report of a run as one HTML file: samples, numbers, curves, what to do next."""
    from mmgan_core.foundation.files import atomically, writing
    from mmgan_core.reports.report import report_html
    from mmgan_core.zoo.addresses import run_of

    path = run_of(run, "a report is written of a run, which keeps its metrics")

    file = out or path / "report.html"
    page = report_html(path, set_values(settings), samples=samples)
    with writing(file, "the report", training=False), atomically(file) as beside:
        beside.write_text(page, encoding="utf-8")
    typer.echo(file)
