"""`mmgan-zoo validate`."""

from __future__ import annotations

from typing import Annotated

import typer

from mmgan_core.cli.recipe_options import RecipeName, Set, Use, chosen_recipe

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Examples: mmgan-zoo validate mine.yaml | "
    "mmgan-zoo validate digits --use make.image.generator=image/r3"
)
def validate(
    recipe: RecipeName,
    use: Use = None,
    settings: Set = None,
    data: Annotated[bool, typer.Option(help="Open the data, too.")] = True,
) -> None:
    """Check a recipe's keys, components and data. Prints one line if all is well."""
    checked = chosen_recipe(recipe, use, settings)
    if not data:
        typer.echo(f"ok: {checked.name} (only the keys: the data were not opened)")
        return
    from mmgan_core.assembly.opening import open_recipe
    from mmgan_core.training.phases import Networks
    from mmgan_core.zoo.loading import frozen_model

    blueprint, _ = open_recipe(checked, frozen_model)
    networks = Networks(blueprint)
    given = ", ".join(checked.given) or "nothing"
    weights = sum(weight.numel() for weight in networks.parameters())
    typer.echo(
        f"ok: {checked.name}: given {given}, makes {', '.join(checked.make)}; {weights:,} weights"
    )
