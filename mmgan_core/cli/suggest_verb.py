"""`mmgan-zoo suggest`."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json, RecipeName, Set, Use, chosen_recipe

if TYPE_CHECKING:
    from mmgan_core.starting.rules import Expected

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="Example: mmgan-zoo suggest digits")
def suggest(
    recipe: RecipeName,
    entry: Annotated[
        str, typer.Option(metavar="NAME", help="The made entry; default: the first.")
    ] = "",
    networks: Annotated[
        bool, typer.Option("--networks", help="Choose other networks too.")
    ] = False,
    use: Use = None,
    settings: Set = None,
    as_json: Json = False,
) -> None:
    """Suggest settings by rules of many short trainings, and say what to expect of them."""
    from dataclasses import asdict

    from mmgan_core.starting.rules import rules
    from mmgan_core.starting.suggest import suggest as suggested_for

    checked = chosen_recipe(recipe, use, settings)
    known = rules()
    found = suggested_for(checked, known, entry, networks=networks)
    if as_json:
        print_json(asdict(found))
        return
    samples = checked.train.samples
    rows = [
        (what, _said(distance), _minutes(speed, samples))
        for what, distance, speed in (
            ("as it is", found.now, found.speed_now),
            ("suggested", found.then, found.speed_then),
        )
    ]
    seconds = known.facts["seconds"]
    head = ("", f"Fréchet distance after {seconds:g} s", f"minutes for {samples:,} samples")
    print_table("", rows, head=head)
    typer.echo(
        f"expected by {known.facts['runs']} trainings of {seconds:g} seconds on one core, of "
        "samples with 256 places; distances are in units of that between real samples; in "
        "brackets nine cases in ten. Do not rely on it: on three kinds of data that the rules did "
        "not know, what they suggest was two to four times as far from real samples as the best "
        "of 20 random settings. What is best for hours may be something else too: mmgan-zoo "
        "sweep measures it"
    )
    typer.echo("set it:")
    for key, value in found.changes.items():
        typer.echo(f"  --set {shlex.quote(f'{key}={json.dumps(value)}')}")


def _said(one: Expected) -> str:
    return f"{one.value:.2g} ({one.low:.2g} to {one.high:.2g})"


def _minutes(speed: Expected, samples: int) -> str:
    found = (samples / one / 60 for one in (speed.value, speed.high, speed.low))
    return "{:.2g} ({:.2g} to {:.2g})".format(*found)
