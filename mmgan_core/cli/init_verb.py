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
    from mmgan_core.spec import Spec, Starter, Suggestion

app = typer.Typer(add_completion=False, rich_markup_mode=None)

# The core's own modality, whose values an evaluator can predict and rows can be joined on.
LABEL = "label"


@app.command(
    epilog="Examples: mmgan-zoo init mine.yaml --data folder:photos | "
    "mmgan-zoo init mine.yaml --data parquet:pack --make image --given label --given text"
)
def init(
    file: Annotated[
        Path | None, typer.Argument(help="The recipe to write, which --out names too.")
    ] = None,
    data: Annotated[
        str,
        typer.Option(help="A data source: core/digits, folder:DIR, parquet:PATH, hf:ORG/NAME, ..."),
    ] = "core/digits",
    make: Annotated[
        str | None,
        typer.Option(help="The column to make; default: the first with a suggested generator."),
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            help="A column to give; can be repeated; default: those that describe samples."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="The recipe to write.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Write a starter recipe for some data. It passes `validate`."""
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
    columns = _columns(data)
    made = _made(columns, make)
    text = starter(data, columns[made], [columns[name] for name in _given(columns, made, given)])
    file.write_text(text, encoding="utf-8")
    typer.echo(f"wrote {file}; next: mmgan-zoo plan {file}, then mmgan-zoo train {file}")


def starter(data: str, made: Column, given: list[Column]) -> str:
    """Return the text of a recipe, from what the modalities of its columns suggest."""
    names, suggested = _names([made, *given]), _suggested(made)
    example = suggested.generator
    if not isinstance(example, str):
        example = str(example["use"])
    lines = [
        f"# Every key is explained in docs/reference/recipe.md; try `mmgan-zoo show {example}`.",
        f"data: {_yaml(data)}",
        *_given_section(data, names, given),
        "make:",
        f"  {_yaml(names[made.name])}:",
    ]
    for key, value in _entry(names[made.name], made, suggested.made_as).items():
        lines.append(f"    {key}: {_yaml(value)}")
    lines += [
        f"    generator: {_yaml(suggested.generator)}",
        f"    discriminator: {_yaml(suggested.discriminator)}",
        "    loss: objectives/relativistic",
        "    # Larger samples need a larger weight; raise it if training is unstable.",
        "    penalties:",
        "      - {use: objectives/r1, weight: 0.5, every: 4}",
        "      - {use: objectives/r2, weight: 0.5, every: 4}",
    ]
    if suggested.augment:
        lines += [
            "    # For fewer than about ten thousand samples; remove it if there are many more.",
            f"    augment: {_yaml(suggested.augment)}",
        ]
    lines += [
        *_evaluator(suggested, given),
        "train:",
        "  samples: 500_000",
        "  batch_size: 64",
        "  learning_rate: {from: 1.0e-3, to: 1.0e-4, over: 500_000}",
        "  # warm_up: early samples are of weights that have learned something already.",
        "  ema: {half_life: 10_000, warm_up: 0.05}",
    ]
    return "\n".join(lines) + "\n"


def _given_section(data: str, names: Mapping[str, str], given: list[Column]) -> list[str]:
    """Return the lines for the given entries and, if there are several, for their alignment."""
    lines = ["given:"] if given else []
    for column in given:
        entry = {**_entry(names[column.name], column), "encoder": _suggested(column).encoder}
        lines.append(f"  {_yaml(names[column.name])}: {_yaml(entry)}")
    if len(given) > 1:
        lines.append("# Without an alignment, trainable encoders barely learn.")
        # Rows with the same label mean the same; without labels, each row has its own meaning.
        label = next((c.name for c in given if c.modality == LABEL), "")
        same = {"same": label} if label and not data.startswith("core/") else {}
        lines.append(f"align: {_yaml({'use': 'objectives/contrastive', **same})}")
    if given:
        lines += [
            "# Entries that are not given are drawn; very mixed data may need more components.",
            "prior: {components: 32}",
        ]
    return lines


def _evaluator(suggested: Starter, given: list[Column]) -> list[str]:
    """Return the line for an evaluator, if there is a label that it can learn to predict."""
    label = next((column.name for column in given if column.modality == LABEL), None)
    if label is None or not suggested.encoder:
        return []
    return [f"    evaluator: {_yaml({'encoder': suggested.encoder, 'target': label})}"]


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

    makeable = [name for name, column in columns.items() if _suggested(column).generator]
    if wanted is not None:
        if wanted not in makeable:
            raise UsageError(
                f"--make: {wanted!r} cannot be made here", hint=nearest(wanted, makeable)
            )
        return wanted
    if not makeable:
        found = (f"{name} ({column.modality or 'unknown'})" for name, column in columns.items())
        raise UsageError(
            f"no installed plugin suggests a generator for any column: {', '.join(found)}",
            hint=_missing_plugins(columns)
            or "write a recipe for other kinds of data by hand: docs/reference/recipe.md",
        )
    return makeable[0]


def _missing_plugins(columns: Mapping[str, Column]) -> str:
    """Return the command that installs the known plugins for these kinds of data, if any."""
    from mmgan_core.plugins.manager import KNOWN

    missing = {column.modality for column in columns.values() if not _modality(column)}
    names = [KNOWN[kind] for kind in sorted(missing) if kind in KNOWN]
    return f"pip install {' '.join(names)}" if names else ""


def _given(columns: Mapping[str, Column], made: str, wanted: list[str] | None) -> list[str]:
    from mmgan_core.errors import UsageError, nearest
    from mmgan_core.plugins.catalogue import catalogue

    others = {name: column for name, column in columns.items() if name != made}
    if wanted:
        for name in wanted:
            if name not in others or not _suggested(others[name]).encoder:
                raise UsageError(f"--given: {name!r} cannot be given", hint=nearest(name, others))
        return list(dict.fromkeys(wanted))
    return [
        name
        for spec in catalogue().of("modality")
        for name in (spec.starter.columns if spec.starter else ())
        if name in others and _modality(others[name]) is spec and _suggested(others[name]).encoder
    ]


def _modality(column: Column) -> Spec | None:
    """Return the default modality of a column's kind of data, if one is installed."""
    from mmgan_core.errors import MmganError
    from mmgan_core.plugins.catalogue import catalogue

    if not column.modality:
        able = [s for s in catalogue().of("modality") if s.starter and s.starter.reads_unknown]
        return able[0] if able else None
    try:
        return catalogue().modality_for(column.modality, where="init")
    except MmganError:
        return None


def _suggested(column: Column) -> Starter:
    """Return the suggestions of the column's modality; they are empty if it makes none."""
    from mmgan_core.spec import Starter

    spec = _modality(column)
    return spec.starter if spec and spec.starter else Starter()


def _entry(name: str, column: Column, made_as: Suggestion = "") -> dict[str, Suggestion]:
    """Return the modality and the column of an entry, where they differ from its name."""
    spec = _modality(column)
    modality = made_as or (spec.id if spec and name != spec.modalities[0] else "")
    said: dict[str, Suggestion] = {"modality": modality} if modality else {}
    return said if name == column.name else {**said, "column": column.name}


def _names(columns: list[Column]) -> dict[str, str]:
    """Return a unique entry name for each column, by the column's name."""
    found: dict[str, str] = {}
    for column in columns:
        name = _name(column.name)
        while name in found.values():
            name += "_"
        found[column.name] = name
    return found


def _name(column: str) -> str:
    """Turn the name of a column into a valid name of an entry."""
    from mmgan_core.assembly.taken_names import is_taken

    name = "".join(c if c.isascii() and c.isalnum() else "_" for c in column.lower())
    name = name if name[:1].isalpha() else f"a_{name}"
    return f"{name}_" if is_taken(name) else name


def _yaml(value: object) -> str:
    """Return a value as YAML on one line."""
    value = dict(value) if isinstance(value, Mapping) else value
    text: str = yaml.safe_dump(
        [value], default_flow_style=True, allow_unicode=True, sort_keys=False, width=math.inf
    )
    return text.strip()[1:-1]
