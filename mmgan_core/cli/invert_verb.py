"""`mmgan-zoo invert`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmgan_core.cli.given_values import given_values
from mmgan_core.cli.model_options import Device, ModelName
from mmgan_core.cli.out_option import SHEET, fresh, out_option
from mmgan_core.cli.output import print_json
from mmgan_core.cli.recipe_options import Json

if TYPE_CHECKING:
    from mmgan_core.contracts import Modality
    from mmgan_core.inference.inversion import Inversion

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Examples: mmgan-zoo invert digits-28 image=three.png label=three | "
    "mmgan-zoo invert digits-28 image=three.png label=three --then label=seven --then label=nine"
)
def invert(
    model: ModelName,
    wanted: Annotated[
        str,
        typer.Argument(metavar="NAME=VALUE", help="The sample to find: a picture, a sound, ..."),
    ],
    given: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUE]...", help="Given values."),
    ] = None,
    then: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Given values to make other samples with the same noise; can be repeated.",
        ),
    ] = None,
    steps: Annotated[int, typer.Option(min=0, help="How many steps the search takes.")] = 300,
    starts: Annotated[int, typer.Option(min=1, help="How many starts the search has.")] = 8,
    seed: Annotated[int, typer.Option(help="The seed of the starts.")] = 0,
    out: Annotated[Path | None, out_option("inverted")] = None,
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Find the noise that makes a sample, and make other samples with the same noise."""
    ((name, value),) = given_values([wanted]).items()
    values, others = given_values(given or []), given_values(then or [])
    folder = fresh(out, "inverted")
    from mmgan_core.zoo.loading import load

    loaded = load(model, device=device)
    loaded.own_size = False  # as the search has it
    for asked in (values, others):
        loaded.refuse_unknown(asked)
    found = loaded.invert(name, value, steps=steps, starts=starts, seed=seed, **values)
    noise = {name: found.noise}
    made = loaded.generate(seed=seed, noise=noise, **values)
    files, shown = made.save(folder), made[name]
    if others:
        made = loaded.generate(seed=seed, noise=noise, **others)
        files, shown = files + made.save(folder / "then"), shown + made[name]
    sheet = folder / SHEET
    _save_sheet(loaded.gan.modalities[name], value, shown, sheet)
    if as_json:
        print_json(
            {
                "error": found.error,
                "initial_error": found.initial_error,
                "files": [str(file) for file in files],
                "sheet": str(sheet),
            }
        )
        return
    for file in files:
        typer.echo(file)
    typer.echo(f"sheet of the wanted, the found and the other samples: {sheet}")
    typer.echo(_how_near(loaded.gan.modalities[name], found))


def _how_near(modality: Modality, found: Inversion) -> str:
    return (
        f"root mean square difference {found.error:.3f} (samples go from {modality.space.low:g} to "
        f"{modality.space.high:g}); {found.initial_error:.3f} before the search"
    )


def _save_sheet(modality: Modality, wanted: str, made: list[object], file: Path) -> None:
    from mmgan_core.inference.sheet import sheet
    from mmgan_core.inference.shown import save_sheet

    first = modality.render(modality.decode(wanted))
    save_sheet(sheet([[first], *([modality.render(one)] for one in made)]), file)
