"""`mmgan-zoo generate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmgan_core.cli.given_values import given_values
from mmgan_core.cli.output import print_json
from mmgan_core.cli.recipe_options import Json

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Examples: mmgan-zoo generate digits-28 text=three --count 8 | "
    "mmgan-zoo generate run:runs/digits audio=seven.wav label=seven --seed 3 | "
    "mmgan-zoo generate digits-28 text=three text=eight --interpolate 16"
)
def generate(
    model: Annotated[
        str, typer.Argument(help="A name of the zoo, hf:ORG/NAME, run:DIR or dir:DIR.")
    ],
    given: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUE]...", help="Given values; repeat a name for a list."),
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="How many samples to make.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same samples.")] = 0,
    truncation: Annotated[
        float,
        typer.Option(min=0, max=1, help="Below 1, samples are more usual and more alike."),
    ] = 1.0,
    interpolate: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="STEPS",
            help="Interpolate from each sample to the next in so many steps, also as a GIF.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="The directory to write.")] = Path(
        "samples"
    ),
    device: Annotated[str, typer.Option(help="The device: cpu, cuda, mps, ...")] = "cpu",
    as_json: Json = False,
) -> None:
    """Make samples with a trained model, as files and on a sample sheet."""
    values = given_values(given or [])
    from mmgan_core.zoo.loading import load

    loaded = load(model, device=device)
    loaded.refuse_unknown(values)
    if interpolate is None:
        samples = loaded.generate(count=count, seed=seed, truncation=truncation, **values)
    else:
        samples = loaded.interpolate(
            steps=interpolate, count=count, seed=seed, truncation=truncation, **values
        )
    files = samples.save(out)
    sheet = out / "sheet.png"
    samples.sheet(8 if interpolate is None else interpolate).save(sheet)
    films = [] if interpolate is None else [out / f"{name}.gif" for name in loaded.made]
    for film in films:
        samples.film(film.stem, film)
    if as_json:
        print_json(
            {
                "files": [str(file) for file in files],
                "sheet": str(sheet),
                "films": [str(film) for film in films],
            }
        )
        return
    for file in files:
        typer.echo(file)
    typer.echo(f"sample sheet: {sheet}")
    for film in films:
        typer.echo(f"film: {film}")
