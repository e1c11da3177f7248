"""`mmgan-zoo compare`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json

if TYPE_CHECKING:
    from mmgan_core.reports.compare import Comparison, Number

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="Example: mmgan-zoo compare runs/digits-seed0 runs/digits-seed1 runs/wider")
def compare(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN",
            help="Runs: their directories, their names, or run:DIR. Those that differ only in the "
            "seed are one group.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The HTML file to write.")] = Path(
        "compare.html"
    ),
    as_json: Json = False,
) -> None:
    """Compare runs: their numbers over seeds, what differs in their recipes, curves and sheets."""
    from mmgan_core.errors import UsageError
    from mmgan_core.foundation.files import atomically, writing
    from mmgan_core.reports.compare import compare_html, compared
    from mmgan_core.zoo.addresses import run_of

    paths = [run_of(run, "runs are compared, which keep their metrics") for run in runs]
    if len({path.resolve() for path in paths}) < 2:
        raise UsageError(
            "one run alone cannot be compared",
            hint=f"name several, or show this one: mmgan-zoo report {runs[0]}",
        )
    found = compared(paths)
    page = compare_html(found)
    with writing(out, "the comparison"), atomically(out) as beside:
        beside.write_text(page, encoding="utf-8")
    if as_json:
        print_json({**_facts(found), "page": str(out)})
        return
    _print(found)
    typer.echo(out)


def _facts(found: Comparison) -> dict[str, object]:
    return {
        "groups": [
            {
                "name": group.name,
                "runs": [str(run) for run in group.runs],
                "seeds": group.seeds,
                "numbers": {name: number._asdict() for name, number in group.metrics.items()},
            }
            for group in found.groups
        ],
        "differences": [asdict(one) for one in found.differences],
    }


def _print(found: Comparison) -> None:
    from mmgan_core.reports.compare import UNMEASURED

    print_table("Groups", list(zip(found.titles, found.seeds, strict=True)))
    typer.echo()
    head = ["number", *found.titles]
    print_table(
        "Measured: mean ± deviation; * is better by more than that",
        _lines(found.measured),
        head=head,
    )
    if not found.measured:
        typer.echo(f"  {UNMEASURED}")
    typer.echo()
    if found.logged:
        print_table("Logged last", _lines(found.logged), head=head)
        typer.echo()
    if found.differences:
        rows = [[one.key, *one.cells] for one in found.differences]
        print_table("Recipes differ in", rows, head=["key", *found.titles])
    else:
        typer.echo("The recipes differ in nothing but the seed.")
    typer.echo()


def _lines(numbers: Sequence[Number]) -> list[list[str]]:
    return [
        [one.name, *(f"{cell}{' *'[: 2 * (k == one.best)]}" for k, cell in enumerate(one.cells))]
        for one in numbers
    ]
