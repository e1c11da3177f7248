"""`mmgan-zoo repair`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmgan_core.cli.given_values import given_values
from mmgan_core.cli.model_options import Device, ModelName, Seeds, seeds_of
from mmgan_core.cli.out_option import SHEET, fresh, out_option
from mmgan_core.cli.output import print_json
from mmgan_core.cli.recipe_options import Json

if TYPE_CHECKING:
    from mmgan_core.contracts import Modality
    from mmgan_core.contracts.masked import Masked

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Examples: mmgan-zoo repair digits-repair image=torn.png --mask hole.png | "
    "mmgan-zoo repair digits-repair image=three.png --mask-kind centre --count 8 | "
    "mmgan-zoo repair runs/mine drawing=torn.svg --mask-kind box"
)
def repair(
    model: ModelName,
    given: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=VALUE]...",
            help="The made entry to repair, NAME=FILE, and given values.",
        ),
    ] = None,
    mask: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A mask; for a picture, one of the same size, white where it is missing.",
        ),
    ] = None,
    mask_kind: Annotated[
        str,
        typer.Option(
            metavar="KIND",
            help="A kind of mask to sample instead: centre, box, strokes, half, ...",
        ),
    ] = "",
    count: Annotated[
        int | None,
        typer.Option(min=1, help="How many samples to make; default: one for each seed."),
    ] = None,
    seed: Seeds = "0",
    truncation: Annotated[
        float,
        typer.Option(
            min=0,
            max=2,
            help="The factor of the noise: below 1, samples are more usual and more alike; above "
            "1, they differ more.",
        ),
    ] = 1.0,
    out: Annotated[Path | None, out_option("repaired")] = None,
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Fill in the missing parts of a sample; the known parts stay as they are."""
    values, seeds = given_values(given or []), seeds_of(seed)
    folder = fresh(out, "repaired")
    from mmgan_core.zoo.loading import load

    loaded = load(model, device=device)
    entry = loaded.repaired(values)
    masks = [str(mask)] if mask else []
    # There is one value with one mask, so the samples differ by their noise alone.
    masked = loaded.masked(entry, [values[entry]], masks=masks, mask_kind=mask_kind, seed=seeds)
    made = loaded.repair(masked=masked, count=count, seed=seeds, truncation=truncation, **values)
    files, sheet = made.save(folder), folder / SHEET
    _save_sheet(loaded.gan.modalities[entry], values[entry], masked, made[entry], sheet)
    if as_json:
        print_json({"files": [str(file) for file in files], "sheet": str(sheet)})
        return
    for file in files:
        typer.echo(file)
    typer.echo(f"sheet of the whole, the masked and the repaired samples: {sheet}")


def _save_sheet(
    modality: Modality, value: str, masked: Masked, made: list[object], file: Path
) -> None:
    from mmgan_core.inference.sheet import sheet
    from mmgan_core.inference.shown import save_sheet

    whole = modality.present(modality.to_sample(modality.prepare([value])))
    known = modality.present(masked.known)
    save_sheet(sheet([[modality.render(one)] for one in (*whole, *known, *made)]), file)
