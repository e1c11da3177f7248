"""`mmgan-zoo push`."""

from __future__ import annotations

from typing import Annotated

import typer

from mmgan_core.cli.export_verb import Half, WithDiscriminator, WithTrainingState
from mmgan_core.cli.model_options import ModelName
from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Examples: mmgan-zoo push runs/digits --to me/digits --dry-run | "
    "mmgan-zoo push runs/digits --to me/digits --private"
)
def push(
    source: ModelName,
    to: Annotated[str, typer.Option(metavar="ORG/NAME", help="The model's name on the Hub.")],
    private: Annotated[
        bool, typer.Option("--private", help="Make the repository private if it is new.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be pushed, but push nothing.")
    ] = False,
    half: Half = False,
    with_discriminator: WithDiscriminator = False,
    with_training_state: WithTrainingState = False,
    tag: Annotated[
        str, typer.Option(help="The tag of the commit; default: the next of v1, v2, ...")
    ] = "",
    as_json: Json = False,
) -> None:
    """Publish a model with one commit and one tag, without secrets or stray files."""
    from mmgan_core.publishing.push import push as push_model
    from mmgan_core.zoo.loading import folder_of

    pushed = push_model(
        folder_of(source),
        to,
        private=private,
        dry_run=dry_run,
        half=half,
        discriminator=with_discriminator,
        training=with_training_state,
        tag=tag,
    )
    if as_json:
        print_json(
            {"files": pushed.files, "url": pushed.url, "commit": pushed.commit, "tag": pushed.tag}
        )
        return
    print_table("", [(name, f"{size:>10,} bytes") for name, size in pushed.files.items()])
    total = f"{len(pushed.files)} files, {sum(pushed.files.values()) / 1e6:.1f} MB"
    if dry_run:
        typer.echo(f"{total} would be pushed to {to}; nothing was pushed")
    elif not pushed.commit:
        typer.echo(f"{to} holds exactly these files already: {pushed.url}")
    else:
        typer.echo(f"{total} were pushed and tagged {pushed.tag}: {pushed.url}")
        typer.echo(f"use it: mmgan-zoo pull hf:{to}@{pushed.tag}")
