"""`mmgan-zoo repair`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mmgan_core.cli.given_values import given_values
from mmgan_core.cli.output import print_json
from mmgan_core.cli.recipe_options import Json

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Examples: mmgan-zoo repair digits-repair image=torn.png --mask hole.png | "
    "mmgan-zoo repair digits-repair image=three.png --mask-kind centre --count 8 | "
    "mmgan-zoo repair run:runs/mine drawing=torn.svg --mask-kind box"
)
def repair(
    model: Annotated[
        str, typer.Argument(help="A name of the zoo, hf:ORG/NAME, run:DIR or dir:DIR.")
    ],
    given: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=VALUE]...",
            help="The made entry to repair, NAME=FILE, and what is given beside it.",
        ),
    ] = None,
    mask: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What is missing. Of a picture: one as large, white there."
        ),
    ] = None,
    mask_kind: Annotated[
        str,
        typer.Option(metavar="SHAPE", help="Instead of a mask: centre, box, strokes, half, ..."),
    ] = "",
    count: Annotated[int, typer.Option(min=1, help="How many answers.")] = 1,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answers.")] = 0,
    truncation: Annotated[
        float, typer.Option(min=0, max=1, help="Under 1: more usual answers, more alike.")
    ] = 1.0,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to.")] = Path("repaired"),
    device: Annotated[str, typer.Option(help="cpu, cuda, mps, ...")] = "cpu",
    as_json: Json = False,
) -> None:
    """Fill in what is missing of a sample; what is known stays as it is."""
    values = given_values(given or [])
    from mmgan_core.zoo.loading import load

    loaded = load(model, device=device)
    entry = loaded.repaired(values)
    masks = [str(mask)] if mask else []
    # One value, one mask_kind: answers differ by their noise alone.
    masked = loaded.masked(entry, [values[entry]], masks=masks, mask_kind=mask_kind, seed=seed)
    made = loaded.repair(masked=masked, count=count, seed=seed, truncation=truncation, **values)
    files, sheet = made.save(out), out / "sheet.png"
    _draw(loaded.gan.modalities[entry], values[entry], masked, made[entry], sheet)
    if as_json:
        print_json({"files": [str(file) for file in files], "sheet": str(sheet)})
        return
    for file in files:
        typer.echo(file)
    typer.echo(f"what was there, what was known, and the answers: {sheet}")


def _draw(modality: Any, value: str, masked: Any, made: list[Any], file: Path) -> None:
    from mmgan_core.inference.sheet import sheet

    whole = modality.present(modality.to_sample(modality.prepare([value])))
    known = modality.present(masked.known)
    sheet([[modality.render(one)] for one in (*whole, *known, *made)]).save(file)
