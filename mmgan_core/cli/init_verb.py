"""`mmgan-zoo init`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import yaml

if TYPE_CHECKING:
    from mmgan_core.contracts import Column

app = typer.Typer(add_completion=False, rich_markup_mode=None)

# What is suggested for a kind of data; the first that is installed.
ENCODERS = {
    "image": ("image/conv",),
    "audio": ("audio/mel-conv",),
    "text": ("text/characters",),
    "label": ("core/label-embedding",),
}
MAKERS = {"image": "image/dcgan", "audio": "audio/mel-canvas"}
JUDGING = {"image/dcgan": {"use": "image/dcgan", "normalise": False}}
CANVAS = {"audio": "audio/log-mel"}


@app.command(
    epilog="Examples: mmgan-zoo init mine.yaml --data folder:photos | "
    "mmgan-zoo init mine.yaml --data parquet:pack --make image --given label --given text"
)
def init(
    file: Annotated[Path, typer.Argument(help="The recipe to write.")],
    data: Annotated[
        str, typer.Option(help="core/digits, folder:DIR, parquet:PATH or hf:ORG/NAME.")
    ] = "core/digits",
    make: Annotated[
        str | None, typer.Option(help="Column to make; default: the pictures, else the sounds.")
    ] = None,
    given: Annotated[
        list[str] | None, typer.Option(help="Column to give; default: labels and short texts.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Write a starter recipe, fitted to data. It passes `validate`."""
    from mmgan_core.errors import UsageError

    if file.suffix not in (".yaml", ".yml"):
        raise UsageError(f"{file}: a recipe's file ends in .yaml", hint=f"say {file}.yaml")
    if file.exists() and not force:
        raise UsageError(f"{file} exists already", hint="name another, or overwrite it: --force")
    columns = _columns(data)
    made = _made(columns, make)
    text = starter(data, columns[made], [columns[name] for name in _given(columns, made, given)])
    file.write_text(text, encoding="utf-8")
    typer.echo(f"wrote {file}; next: mmgan-zoo plan {file}, then mmgan-zoo train {file}")


def starter(data: str, made: Column, given: list[Column]) -> str:
    """The recipe's text."""
    names = _names([made, *given])
    lines = [
        "# Every key is explained in docs/reference/recipe.md; try `mmgan-zoo show image/r3`.",
        f"data: {_yaml(data)}",
    ]
    if given:
        lines.append("given:")
        for column in given:
            entry = {**_entry(names[column.name], column), "encoder": ENCODERS[_kind(column)][0]}
            lines.append(f"  {_yaml(names[column.name])}: {_yaml(entry)}")
    if len(given) > 1:
        lines.append("# Without this, trainable encoders barely learn.")
        # Rows that share a label mean the same; without one, only a row means what it means.
        label = next((c.name for c in given if _kind(c) == "label"), "")
        same = {"same": label} if label and not data.startswith("core/") else {}
        lines.append(f"align: {_yaml({'use': 'objectives/contrastive', **same})}")
    maker = MAKERS[made.modality]
    lines += ["make:", f"  {_yaml(names[made.name])}:"]
    for key, value in _entry(names[made.name], made, CANVAS.get(made.modality)).items():
        lines.append(f"    {key}: {_yaml(value)}")
    lines += [
        f"    generator: {maker}",
        f"    discriminator: {_yaml(JUDGING.get(maker, maker))}",
        "    loss: objectives/relativistic",
        "    # gamma grows with the number of pixels: more if training is unstable.",
        "    penalties:",
        "      - {use: objectives/r1, weight: 0.5, every: 4}",
        "      - {use: objectives/r2, weight: 0.5, every: 4}",
    ]
    if made.modality == "image":
        lines += [
            "    # With under some ten thousand pictures; drop it with many more.",
            "    augment: image/diffaugment",
        ]
    lines += [
        *_evaluator(made, given),
        "train:",
        "  samples: 500_000",
        "  batch_size: 64",
        "  learning_rate: {from: 1.0e-3, to: 1.0e-4, over: 500_000}",
    ]
    return "\n".join(lines) + "\n"


def _evaluator(made: Column, given: list[Column]) -> list[str]:
    """An evaluator, where there is a label that it can read."""
    label = next((column.name for column in given if _kind(column) == "label"), None)
    if label is None:
        return []
    return [f"    evaluator: {_yaml({'encoder': ENCODERS[made.modality][0], 'target': label})}"]


def _columns(data: str) -> Mapping[str, Column]:
    from mmgan_core.assembly.opening import open_source
    from mmgan_core.errors import DataError

    tables = open_source({"use": data}).tables("train")
    columns = {name: column for table in tables for name, column in table.columns.items()}
    if not columns:
        raise DataError(f"{data} has no columns")
    return columns


def _made(columns: Mapping[str, Column], wanted: str | None) -> str:
    from mmgan_core.errors import UsageError, nearest

    makeable = [name for name, column in columns.items() if column.modality in MAKERS]
    if wanted is not None:
        if wanted not in makeable:
            raise UsageError(
                f"--make: {wanted!r} cannot be made here", hint=nearest(wanted, makeable)
            )
        return wanted
    for kind in MAKERS:
        for name in makeable:
            if columns[name].modality == kind:
                return name
    raise UsageError(
        f"the data hold no pictures and no sounds: {', '.join(columns)}",
        hint="a recipe for other kinds of data is written by hand: docs/reference/recipe.md",
    )


def _given(columns: Mapping[str, Column], made: str, wanted: list[str] | None) -> list[str]:
    from mmgan_core.errors import UsageError, nearest

    if wanted:
        for name in wanted:
            if name not in columns or name == made or _kind(columns[name]) not in ENCODERS:
                raise UsageError(
                    f"--given: {name!r} cannot be given", hint=nearest(name, set(columns) - {made})
                )
        return list(dict.fromkeys(wanted))
    labels = [name for name, column in columns.items() if column.modality == "label"]
    texts = [n for n, c in columns.items() if c.modality == "text" and n in ("text", "caption")]
    return [*(n for n in ("label", "class") if n in labels), *texts]


def _kind(column: Column) -> str:
    return column.modality or "text"


def _default(kind: str) -> str:
    return "core/label" if kind == "label" else f"{kind}/{kind}"


def _entry(name: str, column: Column, modality: str | None = None) -> dict[str, str]:
    """What an entry must say of its modality and column, where its name does not."""
    kind = _kind(column)
    if modality is None and name != kind:
        modality = _default(kind)
    said = {"modality": modality} if modality else {}
    return said if name == column.name else {**said, "column": column.name}


def _names(columns: list[Column]) -> dict[str, str]:
    """A name for the entry of each column, by column; no two are the same."""
    found: dict[str, str] = {}
    for column in columns:
        name = _name(column.name)
        while name in found.values():
            name += "_"
        found[column.name] = name
    return found


def _name(column: str) -> str:
    """A column's name as an entry's."""
    from mmgan_core.assembly.assemble import is_taken

    name = "".join(c if c.isascii() and c.isalnum() else "_" for c in column.lower())
    name = name if name[:1].isalpha() else f"a_{name}"
    return f"{name}_" if is_taken(name) else name


def _yaml(value: object) -> str:
    """A value as YAML on one line."""
    text: str = yaml.safe_dump(
        [value], default_flow_style=True, allow_unicode=True, sort_keys=False, width=math.inf
    )
    return text.strip()[1:-1]
