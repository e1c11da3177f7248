"""`mmgan-zoo directions`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mmgan_core.cli.given_values import given_values
from mmgan_core.cli.model_options import Device, ModelName
from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json
from mmgan_core.foundation.plain import Plain

if TYPE_CHECKING:
    from mmgan_core.inference.model import Model

app = typer.Typer(add_completion=False, rich_markup_mode=None)
AMOUNTS = (-3.0, -1.5, 0.0, 1.5, 3.0)


@app.command(
    epilog="Examples: mmgan-zoo directions digits-28 text=three --out directions.json | "
    "mmgan-zoo generate digits-28 text=three --direction spectrum-1=+2"
)
def directions(
    model: ModelName,
    given: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUE]...", help="Given values, one for each name."),
    ] = None,
    made: Annotated[
        str, typer.Option(metavar="NAME", help="What is made and looked at; default: the first.")
    ] = "",
    by: Annotated[
        Literal["spectrum", "sefa"],
        typer.Option(
            help="How they are found: spectrum, along which samples change most; sefa, along which "
            "the first linear layer does."
        ),
    ] = "spectrum",
    most: Annotated[int, typer.Option(min=1, help="How many to find.")] = 5,
    noises: Annotated[int, typer.Option(min=2, help="How many samples to look at.")] = 16,
    seed: Annotated[int, typer.Option(help="The seed of these samples.")] = 0,
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="The file to write; names in it may be changed.")
    ] = Path("directions.json"),
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Find directions of a model's noise, along which samples change in one way.

    They are written to a file, where they can be given names for `generate --direction`. A sheet
    beside it shows each: a row from three standard deviations against it to three along it.
    """
    values = given_values(given or [])
    from mmgan_core.explaining.direction_file import write_directions
    from mmgan_core.explaining.directions import find_directions
    from mmgan_core.zoo.loading import load

    loaded = load(model, device=device)
    name = made or loaded.made[0]
    found = find_directions(loaded, values, made=name, by=by, most=most, noises=noises, seed=seed)
    write_directions(out, loaded, name, found)
    sheet = out.with_suffix(".png")
    _save_sheet(loaded, name, values, out, [one.name for one in found], seed, sheet)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    print_table(
        "",
        [
            (one.name, f"{one.change:.3f}", f"{one.beside_random:.1f} x", f"{one.alike:.2f}")
            for one in found
        ],
        head=("direction", f"change of {name}", "beside random", "alike"),
    )
    typer.echo(out)
    typer.echo(f"sheet: {sheet}")


def _save_sheet(
    model: Model,
    made: str,
    values: Plain,
    file: Path,
    names: list[str],
    seed: int,
    sheet: Path,
) -> None:
    from mmgan_core.explaining.direction_file import moved_along
    from mmgan_core.inference.sheet import sheet as sheet_of
    from mmgan_core.inference.shown import save_sheet

    modality, columns = model.gan.modalities[made], []
    for amount in AMOUNTS:
        moved = [moved_along(model, file, {name: amount}) for name in names]
        samples = [one.generate(count=1, seed=seed, **values)[made][0] for one in moved]
        columns.append([modality.render(sample) for sample in samples])
    save_sheet(sheet_of(columns), sheet)
