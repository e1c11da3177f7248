"""`mmgan-zoo push`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmgan_core.cli.export_verb import Half, Runtime, WithDiscriminator, WithTrainingState
from mmgan_core.cli.model_options import ModelName
from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json
from mmgan_core.errors import UsageError

if TYPE_CHECKING:
    from mmgan_core.publishing.push import Pushed

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Examples: mmgan-zoo push runs/digits --to me/digits --dry-run | "
    "mmgan-zoo push runs/digits --to me/digits --private | "
    "mmgan-zoo push digits-28 --to me/digits-live --space"
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
    space: Annotated[
        bool,
        typer.Option(
            "--space", help="Publish a page that runs the model in a browser, as a static Space."
        ),
    ] = False,
    runtime: Runtime = None,
    as_json: Json = False,
) -> None:
    """Publish a model with one commit and one tag, without secrets or stray files."""
    if space:
        others = (half, with_discriminator, with_training_state, tag)
        _told(
            _space(source, to, private=private, dry_run=dry_run, runtime=runtime, others=others),
            to,
            dry_run=dry_run,
            as_json=as_json,
        )
        return
    if runtime:
        raise UsageError("--runtime is of a page", hint="add --space")
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
    _told(pushed, to, dry_run=dry_run, as_json=as_json)


def _space(
    source: str,
    to: str,
    *,
    private: bool,
    dry_run: bool,
    runtime: Path | None,
    others: tuple[object, ...],
) -> Pushed:
    from mmgan_core.publishing.space import push_space
    from mmgan_core.zoo.addresses import address_of
    from mmgan_core.zoo.loading import load, opened

    if any(others):
        raise UsageError(
            "--space publishes a page, not the files of a model",
            hint="leave out --half, --with-discriminator, --with-training-state and --tag",
        )
    address = address_of(source)
    given = {} if address.kind == "run" else opened(str(address)).manifest.given
    return push_space(
        load(source),
        to,
        of=address.where.partition("@")[0] if address.kind == "hf" else "",
        private=private,
        dry_run=dry_run,
        at_hand=runtime,
        examples={entry: takes.example for entry, takes in given.items() if takes.example},
    )


def _told(pushed: Pushed, to: str, *, dry_run: bool, as_json: bool) -> None:
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
    elif not pushed.tag:
        typer.echo(f"{total} were pushed: {pushed.url}")
    else:
        typer.echo(f"{total} were pushed and tagged {pushed.tag}: {pushed.url}")
        typer.echo(f"use it: mmgan-zoo pull hf:{to}@{pushed.tag}")
