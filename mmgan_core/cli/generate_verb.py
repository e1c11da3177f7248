"""`mmgan-zoo generate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmgan_core.cli.generate_options import (
    Along,
    Count,
    DirectionsFile,
    Engine,
    FileFormat,
    Given,
    Interpolate,
    Join,
    SetOfUse,
    Size,
    Truncation,
)
from mmgan_core.cli.given_values import amounts_of, given_values
from mmgan_core.cli.model_options import Device, ModelName, Seeds, seeds_of
from mmgan_core.cli.out_option import SHEET, fresh, out_option
from mmgan_core.cli.output import print_json
from mmgan_core.cli.recipe_options import Json, set_values
from mmgan_core.errors import UsageError
from mmgan_core.foundation.importing import without_collecting

if TYPE_CHECKING:
    from mmgan_core.inference.samples import Samples

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Examples: mmgan-zoo generate digits-28 text=three --count 8 | "
    "mmgan-zoo generate runs/digits audio=seven.wav label=seven --seed 3 | "
    "mmgan-zoo generate digits-28 text=three text=eight --interpolate 16 | "
    "mmgan-zoo generate speech word=four word=two speaker=theo --join"
)
def generate(
    model: ModelName,
    given: Given = None,
    count: Count = None,
    seed: Seeds = "0",
    truncation: Truncation = 1.0,
    interpolate: Interpolate = None,
    join: Join = False,
    format: FileFormat = "",
    size: Size = "",
    settings: SetOfUse = None,
    engine: Engine = "torch",
    direction: Along = None,
    directions: DirectionsFile = None,
    out: Annotated[Path | None, out_option("samples")] = None,
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Make samples with a trained model, as files and on a sample sheet."""
    values, seeds = given_values(given or []), seeds_of(seed)
    amounts = amounts_of(direction or [])
    folder = fresh(out, "samples")
    if engine != "torch":
        others = (interpolate, join, format, size, settings, directions, device != "cpu")
        if any(others):
            raise UsageError(
                f"--engine {engine} makes samples by --count, --seed, --truncation and "
                "--direction alone",
                hint="leave out the other options, or use the model itself with --engine torch",
            )
        made = _by_engine(engine, model, folder, values, count, seeds, truncation, amounts)
        if as_json:
            print_json({"files": [str(file) for file in made]})
        for line in () if as_json else made:
            typer.echo(line)
        return
    with without_collecting():
        from mmgan_core.inference.samples import refuse_format
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
    _show(samples, folder, files + whole, interpolate, as_json=as_json)


def _show(
    samples: Samples, folder: Path, files: Sequence[Path], steps: int | None, *, as_json: bool
) -> None:
    """Write the sheet, and the films of an interpolation in so many steps; name all files."""
    from mmgan_core.inference.shown import save_sheet

    sheet = folder / SHEET
    save_sheet(samples.sheet(8 if steps is None else steps), sheet)
    films = [] if steps is None else [folder / f"{name}.gif" for name in samples]
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
    amounts: Mapping[str, float],
) -> list[Path]:
    from mmgan_core.portable.engines import made_by

    source = Path(model.removeprefix("dir:"))
    if not source.is_dir():
        raise UsageError(
            f"--engine {engine} needs the folder of an exported model, and {model!r} is none",
            hint=f"mmgan-zoo export {model} --format {engine} --out {model}-{engine}",
        )
    return made_by(
        engine,
        source,
        folder,
        values,
        count=count,
        seed=seeds,
        truncation=truncation,
        directions=amounts,
    )
