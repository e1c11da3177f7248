"""`mmgan-zoo push`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmgan_core.cli.export_verb import Half, WithDiscriminator, WithTrainingState
from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Examples: mmgan-zoo push runs/digits --to me/digits --dry-run | "
    "mmgan-zoo push runs/digits --to me/digits --private"
)
def push(
    source: Annotated[Path, typer.Argument(help="A run's directory, or a model's.")],
    to: Annotated[str, typer.Option(metavar="ORG/NAME", help="Where to on the Hub.")],
    private: Annotated[bool, typer.Option("--private", help="If it is new there.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go up.")] = False,
    half: Half = False,
    with_discriminator: WithDiscriminator = False,
    with_training_state: WithTrainingState = False,
    tag: Annotated[str, typer.Option(help="Default: v1, v2, ..., the next.")] = "",
    as_json: Json = False,
) -> None:
    """Publish a model: one commit and one tag, without secrets or stray files."""
    from mmgan_core.publishing.push import push as push_model

    pushed = push_model(
        source,
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
        typer.echo(f"{total} would go up to {to}; nothing did")
    elif not pushed.commit:
        typer.echo(f"{to} holds exactly this already: {pushed.url}")
    else:
        typer.echo(f"{total} went up, tagged {pushed.tag}: {pushed.url}")
        typer.echo(f"use it: mmgan-zoo pull hf:{to}@{pushed.tag}")
