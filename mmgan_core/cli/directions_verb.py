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
FRAMES = 17


@app.command(
    epilog="Examples: mmgan-zoo directions digits-28 text=three --out directions.json | "
    "mmgan-zoo directions runs/digits --by measures --keep --films | "
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
        Literal["spectrum", "sefa", "measures"],
        typer.Option(
            help="How they are found: spectrum, along which samples change most; sefa, along which "
            "the first linear layer does; measures, along which one number that is measured on "
            "samples grows and the others stay, such as ink of pictures."
        ),
    ] = "spectrum",
    most: Annotated[int, typer.Option(min=1, help="How many to find.")] = 5,
    noises: Annotated[int, typer.Option(min=2, help="How many samples to look at.")] = 16,
    seed: Annotated[int, typer.Option(help="The seed of these samples.")] = 0,
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="The file to write; names in it may be changed.")
    ] = Path("directions.json"),
    keep: Annotated[
        bool,
        typer.Option(
            "--keep",
            help="Also keep them with the model, a run or an exported one, so that `generate "
            "--direction` needs no file.",
        ),
    ] = False,
    films: Annotated[
        bool, typer.Option("--films", help="Also write a film of each beside the sheet, as GIF.")
    ] = False,
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
    kept = None
    if keep:
        from mmgan_core.publishing.kept_directions import keep_directions

        kept = keep_directions(model, out)
    sheet, names = out.with_suffix(".png"), [one.name for one in found]
    _save_sheet(loaded, name, values, out, names, seed, sheet)
    written = _save_films(loaded, name, values, out, names, seed) if films else []
    if as_json:
        print_json([asdict(one) for one in found])
        return
    scored = any(one.steers is not None for one in found)
    print_table(
        "",
        [
            (
                one.name,
                f"{one.change:.3f}",
                f"{one.beside_random:.1f} x",
                f"{one.alike:.2f}",
                *(map(_number, (one.steers, one.target, one.others)) if scored else ()),
            )
            for one in found
        ],
        head=(
            "direction",
            f"change of {name}",
            "beside random",
            "alike",
            *(("steers", "changes by", "others by") if scored else ()),
        ),
    )
    typer.echo(out)
    if kept is not None:
        typer.echo(f"kept: {kept}")
    typer.echo(f"sheet: {sheet}")
    for film in written:
        typer.echo(f"film: {film}")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


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


def _save_films(
    model: Model, made: str, values: Plain, file: Path, names: list[str], seed: int
) -> list[Path]:
    """A film of each direction, from the one end of the sheet to the other."""
    from mmgan_core.explaining.direction_file import moved_along
    from mmgan_core.inference.samples import Samples

    modality, films = model.gan.modalities[made], []
    steps = [AMOUNTS[0] + (AMOUNTS[-1] - AMOUNTS[0]) * at / (FRAMES - 1) for at in range(FRAMES)]
    for name in names:
        moved = [moved_along(model, file, {name: amount}) for amount in steps]
        shown = [one.generate(count=1, seed=seed, **values)[made][0] for one in moved]
        films.append(file.with_name(f"{file.stem}-{name}.gif"))
        Samples({made: shown}, {}, {made: modality}).film(made, films[-1])
    return films
