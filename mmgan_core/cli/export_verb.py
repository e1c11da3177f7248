"""`mmgan-zoo export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmgan_core.cli.model_options import RunName
from mmgan_core.cli.renamed import OUT_WAS_TO

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Half = Annotated[
    bool, typer.Option("--half", help="Round the weights to half precision: half the size.")
]
WithDiscriminator = Annotated[
    bool,
    typer.Option(
        "--with-discriminator",
        help="Include the discriminator, so that others can fine-tune the model.",
    ),
]
WithTrainingState = Annotated[
    bool,
    typer.Option(
        "--with-training-state",
        help="Include the newest checkpoint, so that training can resume exactly.",
    ),
]


@app.command(
    epilog="Example: mmgan-zoo export runs/digits --out models/digits --half",
    context_settings=OUT_WAS_TO,
)
def export(
    run: RunName,
    out: Annotated[Path, typer.Option(metavar="DIR", help="The directory to write.")],
    name: Annotated[
        str, typer.Option(help="The model's name; default: the recipe's or run's.")
    ] = "",
    address: Annotated[
        str, typer.Option(help="The address in the card to load it by; default: dir:DIR.")
    ] = "",
    half: Half = False,
    with_discriminator: WithDiscriminator = False,
    with_training_state: WithTrainingState = False,
) -> None:
    """Write the model of a run: weights, recipe, card, samples, and a proof to verify it with."""
    from mmgan_core.publishing.export import export as export_run
    from mmgan_core.zoo.addresses import run_of

    made = export_run(
        run_of(run, "a model is exported from a run; an exported one is copied with pull"),
        out,
        name=name,
        address=address or f"dir:{out}",
        half=half,
        discriminator=with_discriminator,
        training=with_training_state,
    )
    typer.echo(
        f"{made.manifest.name}: {len(made.manifest.files)} files, "
        f"{made.manifest.size / 1e6:.1f} MB, in {out}"
    )
    typer.echo(f"check it:   mmgan-zoo verify dir:{out}")
    typer.echo(f"publish it: mmgan-zoo push {out} --to ORG/{made.manifest.name}")
