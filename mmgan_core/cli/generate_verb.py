"""`mmgan-zoo generate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mmgan_core.cli.output import print_json
from mmgan_core.cli.recipe_options import Json

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Examples: mmgan-zoo generate digits-28 text=three --count 8 | "
    "mmgan-zoo generate run:runs/digits audio=seven.wav label=seven --seed 3"
)
def generate(
    model: Annotated[
        str, typer.Argument(help="A name of the zoo, hf:ORG/NAME, run:DIR or dir:DIR.")
    ],
    given: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUE]...", help="What is given; repeat a name for a list."),
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="How many samples.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same samples.")] = 0,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to.")] = Path("samples"),
    device: Annotated[str, typer.Option(help="cpu, cuda, mps, ...")] = "cpu",
    as_json: Json = False,
) -> None:
    """Make samples with a trained model, as files and on one sheet."""
    values = _values(given or [])
    from mmgan_core.loading import load

    loaded = load(model, device=device)
    loaded.refuse_unknown(values)
    samples = loaded.generate(count=count, seed=seed, **values)
    files = samples.save(out)
    sheet = out / "sheet.png"
    samples.sheet().save(sheet)
    if as_json:
        print_json({"files": [str(file) for file in files], "sheet": str(sheet)})
        return
    for file in files:
        typer.echo(file)
    typer.echo(f"all on one sheet: {sheet}")


def _values(given: list[str]) -> dict[str, Any]:
    from mmgan_core.errors import UsageError

    values: dict[str, list[str]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(f"{text!r} is not of the form NAME=VALUE", hint="such as text=three")
        values.setdefault(name, []).append(value)
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}
