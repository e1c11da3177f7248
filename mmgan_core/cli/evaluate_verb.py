"""`mmgan-zoo evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmgan_core.cli.model_options import Device, ModelName
from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json, SetOfRun, set_values

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Examples: mmgan-zoo evaluate runs/digits --count 2000 | "
    "mmgan-zoo evaluate runs/digits --metric core/memorisation | "
    "mmgan-zoo evaluate emoji --data parquet:emoji-captions"
)
def evaluate(
    run: ModelName,
    count: Annotated[
        int | None,
        typer.Option(min=2, help="Samples made for each number; default: the recipe's count."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The seed of the noise and the shuffling.")] = 0,
    target: Annotated[
        str,
        typer.Option(
            metavar="COLUMN", help="The column that evaluators predict; default: the recipe's."
        ),
    ] = "",
    metric: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", help="A metric to use instead of the recipe's; can be repeated."
        ),
    ] = None,
    classification: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Also train a classifier on N made samples alone, and test it on real samples.",
        ),
    ] = 0,
    settings: SetOfRun = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The JSON file to write; default: evaluation.json in the run, or here "
            "evaluation-NAME.json for a model that is no run.",
        ),
    ] = None,
    data: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help="The data to measure with, such as folder:photos; default: the recipe's.",
        ),
    ] = "",
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Measure a model for every subset of the given entries, and with shuffled conditions."""
    from mmgan_core.evaluation.evaluate import evaluate as evaluate_run
    from mmgan_core.evaluation.subject import subject_of

    measured = evaluate_run(
        subject_of(run, device),
        data=data,
        count=count,
        seed=seed,
        target=target,
        metrics=metric or (),
        classification=classification,
        changes=set_values(settings),
        device=device,
        out=out,
    )
    if as_json:
        print_json(measured.rows)
        return
    from mmgan_core.runs.measurements import COLUMNS, measured_notes, measured_table

    print_table("", measured_table(measured.rows), head=COLUMNS)
    typer.echo("\n".join(["", *measured_notes(measured.rows)]))
    typer.echo(f"\nwritten to {measured.path}", err=True)
