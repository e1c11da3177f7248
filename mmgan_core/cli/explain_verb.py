"""`mmgan-zoo explain`."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmgan_core.cli.given_values import given_values
from mmgan_core.cli.model_options import Device, ModelName
from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json

if TYPE_CHECKING:
    from mmgan_core.contracts import Explanation

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog='Examples: mmgan-zoo explain emoji caption="a red flag" vendor=noto | '
    "mmgan-zoo explain digits text=three audio=@seven.wav --out why.html"
)
def explain(
    model: ModelName,
    given: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=VALUE]...",
            help="Given values, one for each name. NAME=@FILE gives what a file holds.",
        ),
    ] = None,
    made: Annotated[
        str, typer.Option(metavar="NAME", help="What is made and looked at; default: the first.")
    ] = "",
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="The explainer to ask; can be repeated. Default: all that fit "
            "and are not slow, as counterfactuals are.",
        ),
    ] = None,
    noises: Annotated[
        int, typer.Option(min=2, help="How many samples are made each time, of the same noise.")
    ] = 16,
    orders: Annotated[
        int, typer.Option(min=1, help="How many random orders the test compares with.")
    ] = 8,
    seed: Annotated[int, typer.Option(help="The seed of the noise and of the orders.")] = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write all of it as one HTML file.")
    ] = None,
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Say which part of what is given makes a sample what it is.

    Given entries, and the words, moments, bands or regions of their values, are left out one by one
    while the noise stays. The test leaves them out in order, the most influential first, and in
    random orders. If the discriminator is at hand, as in a run, it also says what it doubts.
    """
    values = given_values(given or [])
    from mmgan_core.inference.explain import explain as explained_by
    from mmgan_core.publishing.read_labels import labels_read
    from mmgan_core.zoo.loading import load

    loaded = load(model, device=device)
    found = explained_by(
        loaded,
        values,
        made=made,
        by=by or (),
        noises=noises,
        orders=orders,
        seed=seed,
        labels=None if values else labels_read(model, loaded, made),
    )
    if out is not None:
        from mmgan_core.foundation.files import atomically, writing
        from mmgan_core.reports.explained import explained_html

        page = explained_html(found)
        with writing(out, "the page", training=False), atomically(out) as beside:
            beside.write_text(page, encoding="utf-8")
    if as_json:
        plain = [(id, asdict(replace(one, samples=None))) for id, one in found.each]
        print_json([{"explainer": id, **one} for id, one in plain])
        return
    for _, one in found.each:
        _print(one)
    if out is not None:
        typer.echo(out)


def _print(one: Explanation) -> None:
    notes = one.notes or ("",) * len(one.units)
    rows = [
        (unit, f"{influence:.3f}", *([note] if one.notes else []))
        for unit, influence, note in zip(one.units, one.influence, notes, strict=True)
    ]
    if not one.notes:  # notes are read in the order of the units, as words of a sentence
        rows.sort(key=lambda row: -float(row[1]))
    print_table(one.title, rows, head=("unit", one.measure, *(["due to"] if one.notes else [])))
    typer.echo(one.believe)
    if one.test is not None:
        typer.echo(
            f"Deletion {one.test.gain:+.1%}, insertion {one.test.kept_gain:+.1%} beside random "
            f"orders; infidelity {one.test.infidelity:.2f} "
            f"({one.test.infidelity_if_equal:.2f} if all were equal)."
        )
