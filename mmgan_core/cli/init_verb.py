"""`mmgan-zoo init`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmgan_core.cli.output import print_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mmgan_core.starting.budget import Wish
    from mmgan_core.starting.columns import Seen

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Examples: mmgan-zoo init mine.yaml --data folder:photos --minutes 10 | "
    "mmgan-zoo init mine.yaml --data parquet:pack --make image --given label --given text"
)
def init(
    file: Annotated[
        Path | None, typer.Argument(help="The recipe to write, which --out names too.")
    ] = None,
    data: Annotated[
        str,
        typer.Option(
            help="A data source: core/digits, folder:DIR, parquet:PATH, table:FILE, hf:ID, ..."
        ),
    ] = "core/digits",
    make: Annotated[
        str | None,
        typer.Option(help="The column to make; default: a picture or a sound, else a text."),
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            help="A column to give; can be repeated; default: all that say what a sample is."
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            help="What training and evaluation may take; default: 3, 10 or 60 by quality."
        ),
    ] = None,
    quality: Annotated[
        str, typer.Option(help="draft, good or best: larger networks only if they see enough.")
    ] = "good",
    size: Annotated[
        int | None,
        typer.Option(help="Places on a side of a sample, such as pixels; default: what fits."),
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="A model that fills in what is missing.")
    ] = False,
    rate: Annotated[
        float | None,
        typer.Option(help="Samples a second to reckon with, such as another machine's."),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="The recipe to write.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Write a recipe that fits some data, this machine and your time. It passes `validate`.

    It looks at every column, says what became of it, and times a few steps of training.
    """
    from mmgan_core.assembly.opening import open_source
    from mmgan_core.data.found import found_in
    from mmgan_core.foundation.files import atomically, writing
    from mmgan_core.starting.budget import MINUTES, Wish
    from mmgan_core.starting.columns import look_at
    from mmgan_core.starting.start import start

    _refuse_data(file)
    file = _free(file, out, force=force)
    usual = MINUTES.get(quality, 10.0)  # a wrong quality is refused next
    wish = Wish(usual if minutes is None else minutes, quality, size, rate, repair)
    source = open_source({"use": data})
    columns = look_at(source)
    make, wish = _asked(columns, make, wish, open_question=minutes is None and rate is None)
    begun = start(data, wish, columns=columns, source=source, make=make, given=given)
    with writing(file, "the recipe", training=False), atomically(file) as beside:
        beside.write_text(begun.text, encoding="utf-8")
    print_table(
        "columns",
        [(role.name, role.became, role.why) for role in begun.roles],
        head=("column", "became", "why"),
    )
    print_table("found", found_in(source).rows)
    for note in begun.notes:
        typer.echo(f"note: {note}", err=True)
    typer.echo(f"wrote {file}; next: mmgan-zoo plan {file}, then mmgan-zoo train {file}")


def _refuse_data(file: Path | None) -> None:
    """Refuse data where the recipe is to be named, and say how data are named."""
    from mmgan_core.errors import UsageError

    if file is None or file.suffix in (".yaml", ".yml") or not file.exists():
        return
    if file.is_dir():
        kind, source = "a folder", "folder"
    elif file.suffix in (".parquet", ".csv", ".tsv", ".json", ".jsonl", ".txt"):
        kind, source = "a table", "parquet" if file.suffix == ".parquet" else "table"
    else:
        return
    words = ["mmgan-zoo", "init", f"{file.stem}.yaml", "--data", f"{source}:{file}"]
    raise UsageError(f"{file} is {kind}, not a recipe to write", hint=shlex.join(words))


def _free(file: Path | None, out: Path | None, *, force: bool) -> Path:
    """Return the file to write."""
    from mmgan_core.errors import UsageError

    if file and out:
        raise UsageError(f"two files are named: {file} and {out}", hint="name one of them")
    file = file or out
    if file is None:
        raise UsageError("no file is named", hint="such as mmgan-zoo init mine.yaml")
    if file.suffix not in (".yaml", ".yml"):
        raise UsageError(f"{file}: a recipe's file ends in .yaml", hint=f"name it {file}.yaml")
    if file.exists() and not force:
        raise UsageError(
            f"{file} exists already", hint="name another file, or overwrite it: --force"
        )
    if not file.absolute().parent.is_dir():  # said before minutes of work, not after
        raise FileNotFoundError(2, "No such file or directory", str(file))
    return file


def _asked(
    columns: Mapping[str, Seen], make: str | None, wish: Wish, *, open_question: bool
) -> tuple[str | None, Wish]:
    """Ask at a terminal which of several columns is made, and how long it may take."""
    from dataclasses import replace

    from mmgan_core.scaffold.asking import can_ask
    from mmgan_core.starting.roles import makeable

    if not can_ask():
        return make, wish
    able = makeable(columns)
    while make not in able and len(able) > 1:
        make = typer.prompt(f"What is to be made: {', '.join(able)}?", default=able[0], err=True)
    if open_question:
        minutes = typer.prompt(
            "How many minutes may training take?", default=wish.minutes, type=float, err=True
        )
        wish = replace(wish, minutes=minutes)
    return make, wish
