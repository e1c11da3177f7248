"""`mmgan-zoo directions`."""

from __future__ import annotations

from collections.abc import Sequence
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
    from mmgan_core.explaining.direction_file import Found
    from mmgan_core.inference.model import Model

app = typer.Typer(add_completion=False, rich_markup_mode=None)
# How far directions of the noise, and of the condition, are shown.
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
AMOUNTS = (-3.0, -1.5, 0.0, 1.5, 3.0)
FRAMES = 17
# The columns of what is printed: which number, and in which form.
_NOISE = {
    "change of {}": ("change", "{:.3f}"),
    "beside random": ("beside_random", "{:.1f} x"),
    "alike": ("alike", "{:.2f}"),
    "steers": ("steers", "{:.2f}"),
    "changes by": ("target", "{:.2f}"),
    "others by": ("others", "{:.2f}"),
}
_LABELS = {
    "change of {}": ("change", "{:.3f}"),
    "steers": ("steers", "{:.3f}"),
    "other labels": ("others", "{:.3f}"),
    "numbers by": ("numbers", "{:.2f}"),
}


@app.command(
    epilog="Examples: mmgan-zoo directions digits-28 text=three --out directions.json | "
    "mmgan-zoo directions runs/digits --by measures --keep --films | "
    "mmgan-zoo directions digits-28 text=three --by labels | "
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
        Literal["spectrum", "sefa", "measures", "labels"],
        typer.Option(
            help="How they are found: spectrum, along which samples change most; sefa, along which "
            "the first linear layer does; measures, along which one number that is measured on "
            "samples grows and the others stay, such as ink of pictures; labels, which lead to "
            "what a value of a label gives, such as a digit or a speaker."
        ),
    ] = "spectrum",
    target: Annotated[
        str,
        typer.Option(
            metavar="COLUMN",
            help="By labels: the column whose values are the directions, and which an evaluator "
            "reads; default: that of the recipe's evaluator.",
        ),
    ] = "",
    data: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help="By labels: the data that evaluators learn from, such as folder:photos, and that "
            "values are taken from where none are given; default: the recipe's.",
        ),
    ] = "",
    evaluator: Annotated[
        str,
        typer.Option(
            metavar="ENCODER",
            help="By labels: the encoder of another evaluator than the recipe's, which decides and "
            "scores instead; `mmgan-zoo ls encoders` lists them.",
        ),
    ] = "",
    most: Annotated[int, typer.Option(min=1, help="How many to find.")] = 5,
    noises: Annotated[int, typer.Option(min=2, help="How many samples to look at.")] = 16,
    seed: Annotated[int, typer.Option(help="The seed of these samples.")] = 0,
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="The file to write; names in it may be changed.")
    ] = Path("directions.json"),
    add: Annotated[
        bool,
        typer.Option("--add", help="Add them to those that the file holds, instead of these."),
    ] = False,
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
    """Find directions of a model's noise or condition, along which samples change in one way.

    They are written to a file, where they can be given names for `generate --direction`. A sheet
    beside it shows each: a row from three standard deviations of the noise against it to three
    along it; or, by labels, from what is given to the value.
    """
    values = given_values(given or [])
    from mmgan_core.explaining.direction_file import directions_of, write_directions
    from mmgan_core.explaining.directions import find_directions
    from mmgan_core.zoo.loading import load

    loaded = load(model, device=device)
    name = made or loaded.made[0]
    found: Sequence[Found]
    if by == "labels":
        found = _by_labels(model, loaded, values, name, target, data, evaluator, noises, seed)
        columns, amounts = _LABELS, SHARES
    else:
        found = find_directions(
            loaded, values, made=name, by=by, most=most, noises=noises, seed=seed
        )
        columns, amounts = _NOISE, AMOUNTS
    before = [*directions_of(loaded, out)[1].values()] if add and out.exists() else []
    names = [one.name for one in found]
    write_directions(out, loaded, name, [*(b for b in before if b.name not in names), *found])
    kept = None
    if keep:
        from mmgan_core.publishing.kept_directions import keep_directions

        kept = keep_directions(model, out)
    sheet = out.with_suffix(".png")
    _save_sheet(loaded, name, values, out, names, seed, sheet, amounts)
    written = _save_films(loaded, name, values, out, names, seed, amounts) if films else []
    if as_json:
        print_json([asdict(one) for one in found])
        return
    shown = {
        title: column
        for title, column in columns.items()
        if any(getattr(one, column[0]) is not None for one in found)
    }
    print_table(
        "",
        [
            (one.name, *(_number(getattr(one, key), form) for key, form in shown.values()))
            for one in found
        ],
        head=("direction", *(title.format(name) for title in shown)),
    )
    typer.echo(out)
    if kept is not None:
        typer.echo(f"kept: {kept}")
    typer.echo(f"sheet: {sheet}")
    for film in written:
        typer.echo(f"film: {film}")


def _by_labels(
    name: str,
    model: Model,
    values: Plain,
    made: str,
    target: str,
    data: str,
    encoder: str,
    noises: int,
    seed: int,
) -> Sequence[Found]:
    """Directions to values of a label, read by evaluators that travel with a model if any do.

    Those that travel with it are of the recipe's encoder, and not asked if another one is named.
    """
    from mmgan_core.explaining.label_directions import find_label_directions
    from mmgan_core.publishing.proof import committed_evaluators
    from mmgan_core.zoo.addresses import address_of
    from mmgan_core.zoo.loading import opened

    run = address_of(name).kind == "run"
    return find_label_directions(
        model,
        values,
        made=made,
        target=target,
        data=data,
        evaluators={} if run or encoder else committed_evaluators(opened(name), made),
        encoder=encoder,
        noises=noises,
        seed=seed,
    )


def _number(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)


def _save_sheet(
    model: Model,
    made: str,
    values: Plain,
    file: Path,
    names: list[str],
    seed: int,
    sheet: Path,
    amounts: Sequence[float],
) -> None:
    from mmgan_core.explaining.direction_file import moved_along
    from mmgan_core.inference.sheet import sheet as sheet_of
    from mmgan_core.inference.shown import save_sheet

    modality, columns = model.gan.modalities[made], []
    for amount in amounts:
        moved = [moved_along(model, file, {name: amount}) for name in names]
        samples = [one.generate(count=1, seed=seed, **values)[made][0] for one in moved]
        columns.append([modality.render(sample) for sample in samples])
    save_sheet(sheet_of(columns), sheet)


def _save_films(
    model: Model,
    made: str,
    values: Plain,
    file: Path,
    names: list[str],
    seed: int,
    amounts: Sequence[float],
) -> list[Path]:
    """A film of each direction, from the one end of the sheet to the other."""
    from mmgan_core.explaining.direction_file import moved_along
    from mmgan_core.inference.samples import Samples

    modality, films = model.gan.modalities[made], []
    whole = amounts[-1] - amounts[0]
    steps = [amounts[0] + whole * at / (FRAMES - 1) for at in range(FRAMES)]
    for name in names:
        moved = [moved_along(model, file, {name: amount}) for amount in steps]
        shown = [one.generate(count=1, seed=seed, **values)[made][0] for one in moved]
        films.append(file.with_name(f"{file.stem}-{name}.gif"))
        Samples({made: shown}, {}, {made: modality}).film(made, films[-1])
    return films
