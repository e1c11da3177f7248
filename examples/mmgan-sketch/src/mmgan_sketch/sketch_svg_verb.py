"""`mmgan-zoo sketch-svg`: sketches by a trained model, on one SVG page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from mmgan_core import Model
    from mmgan_sketch.drawing import Drawing

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, help="Make sketches on one SVG page."
)


@app.command(
    epilog="Example: mmgan-zoo sketch-svg run:runs/sketch-digits label=three --count 9 "
    "--out sheet.svg"
)
def sketch_svg(
    model: Annotated[str, typer.Argument(help="The model, such as run:DIR.")],
    given: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUE]...", help="What is given; repeat a name for a list."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many sketches.")] = 9,
    seed: Annotated[int, typer.Option(help="The same seed makes the same sketches.")] = 0,
    columns: Annotated[
        int | None, typer.Option(min=1, help="Sketches in a row; default: about a square.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The SVG file to write.")] = Path(
        "sheet.svg"
    ),
) -> None:
    """Make sketches with a trained model, on one SVG page."""
    from mmgan_core import load
    from mmgan_sketch.svg import svg_of

    loaded = load(model)
    drawings = sketches_of(loaded, given or [], count, seed)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(svg_of(drawings, columns=columns or math.isqrt(count - 1) + 1), "utf-8")
    typer.echo(f"{len(drawings)} sketches: {out}")


def sketches_of(model: Model, given: Sequence[str], count: int, seed: int) -> list[Drawing]:
    """Sketches that a model makes of what is given.

    Raises:
        UsageError: if what is given is not NAME=VALUE, or the model makes no sketches.
    """
    from mmgan_core import UsageError
    from mmgan_sketch.drawing import Drawing

    values: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"{text!r} is not of the form NAME=VALUE", hint="such as label=three")
        values.setdefault(name, []).append(value)
    model.refuse_unknown(values)
    samples = model.generate(count=count, seed=seed, **values)
    for made in samples.values():
        if made and isinstance(made[0], Drawing):
            return made
    raise UsageError(f"{model.name} makes {', '.join(model.made)}, not sketches")
