"""`mmgan-zoo export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Half = Annotated[bool, typer.Option("--half", help="Weights in half precision: half the size.")]
WithDiscriminator = Annotated[
    bool,
    typer.Option("--with-discriminator", help="Also the discriminator, which training on needs."),
]
WithTrainingState = Annotated[
    bool, typer.Option("--with-training-state", help="Also what going on exactly needs.")
]


@app.command(epilog="Example: mmgan-zoo export runs/digits --to models/digits --half")
def export(
    run: Annotated[Path, typer.Argument(help="The run's directory.")],
    to: Annotated[Path, typer.Option(metavar="DIR", help="Where to.")],
    name: Annotated[str, typer.Option(help="The model's name; default: the recipe's.")] = "",
    address: Annotated[
        str, typer.Option(help="What its card says to load it by; default: dir:DIR.")
    ] = "",
    half: Half = False,
    with_discriminator: WithDiscriminator = False,
    with_training_state: WithTrainingState = False,
) -> None:
    """Make a model of a run: weights, recipe, card, samples, and what verifies them."""
    from mmgan_core.publishing.export import export as export_run

    made = export_run(
        run,
        to,
        name=name,
        address=address or f"dir:{to}",
        half=half,
        discriminator=with_discriminator,
        training=with_training_state,
    )
    typer.echo(
        f"{made.manifest.name}: {len(made.manifest.files)} files, "
        f"{made.manifest.size / 1e6:.1f} MB, in {to}"
    )
    typer.echo(f"check it:   mmgan-zoo verify dir:{to}")
    typer.echo(f"publish it: mmgan-zoo push {to} --to ORG/{made.manifest.name}")
