"""Writes the README of a new plugin, with a command for each component, and the next commands."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from string import Template

from mmgan_core.scaffold.kinds import Part
from mmgan_core.scaffold.naming import distribution_of

TEXT = """# {distribution}

A plugin of mmgan-zoo.

| | kind | what it is |
| --- | --- | --- |
{table}

## Install

```sh
pip install -e '.[test]'
mmgan-zoo plugins ls                # {name}  {distribution}  0.1.0  ok
```

## Use

```sh
{lines}
```
{together}
## Test

```sh
pytest                              # checks the contract of every component, and trains briefly
mmgan-zoo plugins check {name}
```

## Next steps

Every file in `src/` works as it is. Change it: the formula, the options, the names. `plugin.py` has
the id and the summary of each component; `mmgan_core/contracts/` says what each kind must do, and
the tests check it. Before you publish, choose a licence: see `LICENSE`.
"""
TOGETHER = """
All together:

```sh
{line}
```
"""


def readme(name: str, parts: Sequence[Part]) -> str:
    """The text of the README."""
    rows = [
        f"| {_id(name, part)} | {part.kind.replace('-', ' ')} | {_filled_in(name, part.summary)} |"
        for part in parts
    ]
    several = len([part for part in parts if part.flags]) > 1
    return TEXT.format(
        name=name,
        distribution=distribution_of(name),
        table="\n".join(rows),
        lines="\n".join(_filled_in(name, part.line) for part in parts),
        together=TOGETHER.format(line=train_line(name, parts)) if several else "",
    )


def next_lines(name: str, parts: Sequence[Part], folder: Path) -> list[str]:
    """The commands to run after the package is written."""
    lines = [f"cd {shlex.quote(str(folder))}", "pip install -e '.[test]'", "pytest"]
    return [*lines, train_line(name, parts)]


def train_line(name: str, parts: Sequence[Part]) -> str:
    """A command that trains `digits` with every component that fits it."""
    flags = [part.flags for part in parts if part.flags]
    if not flags:
        # The command of a data source uses a recipe that needs no labels.
        return _filled_in(name, parts[0].line) if parts[0].form == "component" else _TRAIN
    return _filled_in(name, " ".join([_TRAIN, *flags]))


_TRAIN = "mmgan-zoo train digits"


def _id(name: str, part: Part) -> str:
    named = {"component": f"{name}/{part.kind}", "command": f"mmgan-zoo {name}"}
    return f"`{named.get(part.form, part.module + '.py')}`"


def _filled_in(name: str, text: str) -> str:
    return Template(text).substitute(name=name)
