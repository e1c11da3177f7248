"""The arguments by which several verbs name and change a recipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mmgan_core.recipe.schema import Recipe

RecipeName = Annotated[
    str, typer.Argument(help="The name of a recipe (see `ls recipes`) or its file.")
]
Use = Annotated[
    list[str] | None,
    typer.Option(
        "--use",
        metavar="SLOT=ID",
        help="Choose another component, such as make.image.generator=image/r3.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a value, such as train.batch_size=32."),
]
SetOfRun = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change a value that the run was not trained with, such as bad_rows=0.05.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def chosen_recipe(
    name: str, use: Sequence[str] | None, settings: Sequence[str] | None, seed: int | None = None
) -> Recipe:
    """Read the recipe that the arguments describe."""
    from mmgan_core.errors import UsageError
    from mmgan_core.recipe.reading import parse_override, read_recipe

    uses = {}
    for text in use or ():
        slot, component = parse_override(text, flag="--use")
        if not isinstance(component, str):
            raise UsageError(
                f"--use {text!r} does not name a component",
                hint="name one by its id, such as image/r3",
            )
        uses[slot] = component
    values = set_values(settings)
    if seed is not None:
        values["seed"] = seed
    return read_recipe(name, values, uses)


def set_values(settings: Sequence[str] | None) -> dict[str, object]:
    """The values of ``--set`` by dotted key."""
    from mmgan_core.recipe.reading import parse_override

    return dict(parse_override(text, flag="--set") for text in settings or ())
