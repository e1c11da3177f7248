"""`mmgan-zoo generate`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Annotated

import typer

from mmgan_core.cli.given_values import amounts_of, given_values
from mmgan_core.cli.model_options import Device, ModelName, Seeds, seeds_of
from mmgan_core.cli.out_option import SHEET, fresh, out_option
from mmgan_core.cli.output import print_json
from mmgan_core.cli.recipe_options import Json, set_values
from mmgan_core.errors import UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Examples: mmgan-zoo generate digits-28 text=three --count 8 | "
    "mmgan-zoo generate runs/digits audio=seven.wav label=seven --seed 3 | "
    "mmgan-zoo generate digits-28 text=three text=eight --interpolate 16 | "
    "mmgan-zoo generate speech word=four word=two speaker=theo --join"
)
def generate(
    model: ModelName,
    given: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=VALUE]...",
            help="Given values; repeat a name for a list. NAME=@FILE gives what a file holds.",
        ),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many samples to make in all; several given values take turns. Default: one "
            "for each value or seed.",
        ),
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
    interpolate: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="STEPS",
            help="Interpolate from each sample to the next in so many steps, also as a GIF "
            "and, if they are sounds, as one sound.",
        ),
    ] = None,
    join: Annotated[
        bool,
        typer.Option(
            "--join",
            help="Also write all samples one after another as one, such as words as a sentence.",
        ),
    ] = False,
    format: Annotated[
        str,
        typer.Option(
            metavar="ENDING",
            help="The format of the files, such as flac or mp3 for sounds; default: the usual one.",
        ),
    ] = "",
    size: Annotated[
        str,
        typer.Option(
            metavar="SIZE",
            help="Make samples of this size, such as 10s of a sound, if the model makes any size.",
        ),
    ] = "",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Change how a generator makes samples, by an option that counts outside training "
            "alone, such as make.text.generator.beams=4.",
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="What makes the samples: torch, or onnx for a folder that export --format onnx "
            "wrote, with the package mmgan-onnx.",
        ),
    ] = "torch",
    direction: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=AMOUNT",
            help="Move the noise so many standard deviations along a direction, such as "
            "spectrum-1=+2; can be repeated.",
        ),
    ] = None,
    directions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The directions that `mmgan-zoo directions` wrote. Default: those that were kept "
            "with the model; without such, directions.json.",
        ),
    ] = None,
    out: Annotated[Path | None, out_option("samples")] = None,
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Make samples with a trained model, as files and on a sample sheet."""
    values, seeds = given_values(given or []), seeds_of(seed)
    amounts = amounts_of(direction or [])
    folder = fresh(out, "samples")
    if engine != "torch":
        others = (interpolate, join, format, size, settings, amounts, device != "cpu")
        if any(others):
            raise UsageError(
                f"--engine {engine} makes samples by --count, --seed and --truncation alone",
                hint="leave out the other options, or use the model itself with --engine torch",
            )
        made = _by_engine(engine, model, folder, values, count, seeds, truncation)
        if as_json:
            print_json({"files": [str(file) for file in made]})
        for line in () if as_json else made:
            typer.echo(line)
        return
    from mmgan_core.inference.samples import refuse_format
    from mmgan_core.inference.shown import save_sheet
    from mmgan_core.inference.use_options import set_by_key
    from mmgan_core.zoo.loading import load

    loaded = load(model, device=device)
    set_by_key(loaded, set_values(settings))
    loaded.refuse_unknown(values)
    refuse_format(format, [loaded.gan.modalities[name] for name in loaded.made])
    loaded = loaded.sized(size) if size else loaded
    if amounts:
        from mmgan_core.explaining.direction_file import moved_along

        beside = None if loaded.directions else Path("directions.json")
        loaded = moved_along(loaded, directions or beside, amounts)
    if interpolate is None:
        samples = loaded.generate(count=count, seed=seeds, truncation=truncation, **values)
    else:
        samples = loaded.interpolate(
            steps=interpolate, count=count, seed=seeds, truncation=truncation, **values
        )
    files = samples.save(folder, format=format)
    whole = samples.save_joined(folder, format=format) if join or interpolate is not None else []
    if join and not whole:
        raise UsageError(
            f"what {model} makes cannot be joined, as sounds can", hint=f"its samples: {folder}"
        )
    files += whole
    sheet = folder / SHEET
    save_sheet(samples.sheet(8 if interpolate is None else interpolate), sheet)
    films = [] if interpolate is None else [folder / f"{name}.gif" for name in loaded.made]
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
    texts = [_in_a_line(value) for values in samples.values() for value in values]
    for file, text in zip_longest(files, texts, fillvalue=""):
        typer.echo(f"{file}{text}")
    typer.echo(f"sample sheet: {sheet}")
    for film in films:
        typer.echo(f"film: {film}")


def _in_a_line(value: object) -> str:
    """What follows the name of a file of text: the text, without what would move the cursor."""
    if not isinstance(value, str):
        return ""
    return ": " + "".join(c if c.isprintable() else " " for c in value)


def _by_engine(
    engine: str,
    model: str,
    folder: Path,
    values: Mapping[str, object],
    count: int | None,
    seeds: int | list[int],
    truncation: float,
) -> list[Path]:
    from mmgan_core.portable.engines import made_by

    source = Path(model.removeprefix("dir:"))
    if not source.is_dir():
        raise UsageError(
            f"--engine {engine} needs the folder of an exported model, and {model!r} is none",
            hint=f"mmgan-zoo export {model} --format {engine} --out {model}-{engine}",
        )
    return made_by(engine, source, folder, values, count=count, seed=seeds, truncation=truncation)
