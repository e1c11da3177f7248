"""A new plugin's README, and what to do next: every component with the line that uses it."""

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
pytest                              # the contract of every component, and a short training
mmgan-zoo plugins check {name}
```

## Go on from here

Every file in `src/` works as it is, and is there to be changed: the formula, the options, the
names. A component's id and its summary stand in `plugin.py`; what each kind must do stands in
`mmgan_core/contracts/`, and the tests check it. Before you publish, choose a licence:
see `LICENSE`.
"""
TOGETHER = """
All together:

```sh
{line}
```
"""


def readme(name: str, parts: Sequence[Part]) -> str:
    """The README's text."""
    rows = [
        f"| {_id(name, part)} | {part.kind.replace('-', ' ')} | {_said(name, part.summary)} |"
        for part in parts
    ]
    several = len([part for part in parts if part.flags]) > 1
    return TEXT.format(
        name=name,
        distribution=distribution_of(name),
        table="\n".join(rows),
        lines="\n".join(_said(name, part.line) for part in parts),
        together=TOGETHER.format(line=train_line(name, parts)) if several else "",
    )


def next_lines(name: str, parts: Sequence[Part], folder: Path) -> list[str]:
    """The commands to go on with after the package is written."""
    lines = [f"cd {shlex.quote(str(folder))}", "pip install -e '.[test]'", "pytest"]
    return [*lines, train_line(name, parts)]


def train_line(name: str, parts: Sequence[Part]) -> str:
    """One training that uses every component that fits `digits`."""
    flags = [part.flags for part in parts if part.flags]
    if not flags:
        # A data source alone comes with a recipe that needs no labels of it.
        return _said(name, parts[0].line) if parts[0].form == "component" else _TRAIN
    return _said(name, " ".join([_TRAIN, *flags]))


_TRAIN = "mmgan-zoo train digits"


def _id(name: str, part: Part) -> str:
    named = {"component": f"{name}/{part.kind}", "command": f"mmgan-zoo {name}"}
    return f"`{named.get(part.form, part.module + '.py')}`"


def _said(name: str, text: str) -> str:
    return Template(text).substitute(name=name)
