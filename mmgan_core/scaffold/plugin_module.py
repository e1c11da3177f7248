"""Writes the `plugin.py` of a new plugin: one hook for each thing that it supplies."""

from __future__ import annotations

from collections.abc import Sequence

from mmgan_core.scaffold.kinds import Part
from mmgan_core.scaffold.naming import package_of

HEAD = '''"""The hooks of this plugin; this module must import quickly, so it imports no torch."""

from __future__ import annotations

'''
COMMAND = '''

@hookimpl
def mmgan_commands() -> dict[str, typer.Typer]:
    """Verbs of `mmgan-zoo`."""
    from {package}.command import app

    return {{"{name}": app}}
'''
OBSERVER = '''

@hookimpl
def mmgan_run_started(run: Path, samples: int) -> None:
    """A run starts or is resumed, after ``samples`` samples."""
    from {package}.observer import drop_rows_after

    drop_rows_after(run, samples)


@hookimpl
def mmgan_step_ended(run: Path, samples: int, metrics: Mapping[str, float]) -> None:
    """A line of metrics was logged."""
    from {package}.observer import add_row

    add_row(run, samples, metrics)
'''


def plugin_module(name: str, parts: Sequence[Part]) -> str:
    """The text of the module."""
    forms: set[str] = {part.form for part in parts}
    text = HEAD + _imports(forms) + "\nMMGAN_API = 1\n"
    if "component" in forms:
        text += f'_HOME = "{package_of(name)}"\n'
    for part in parts:
        if part.form == "component":
            text += _hook(name, part)
        else:
            template = COMMAND if part.form == "command" else OBSERVER
            text += template.format(name=name, package=package_of(name))
    return text


def _imports(forms: set[str]) -> str:
    standard = []
    if "observer" in forms:
        standard += ["from collections.abc import Mapping\n", "from pathlib import Path\n"]
    if "command" in forms:
        standard.append("from typing import TYPE_CHECKING\n")
    names = "Spec, hookimpl" if "component" in forms else "hookimpl"
    text = "".join(standard) + ("\n" if standard else "") + f"from mmgan_core import {names}\n"
    if "command" in forms:
        text += "\nif TYPE_CHECKING:\n    import typer\n"
    return text


def _hook(name: str, part: Part) -> str:
    facts = [
        f'"{name}/{part.kind}"',
        f'f"{{_HOME}}.{part.module}:{part.cls}"',
        f'"{part.summary}"',
    ]
    if part.image_only:
        facts.append('modalities=("image",)')
    if part.exportable:
        facts.append("exportable=True")
    if part.paper:
        facts.append(f'paper="{part.paper}"')
    # One argument in each line, so that each can be changed in one line.
    spec = "".join(f"            {fact},\n" for fact in facts)
    return (
        f"\n\n@hookimpl\ndef {part.hook}() -> list[Spec]:\n"
        f'    """{part.brings}."""\n'
        f"    return [\n        Spec(\n{spec}        ),\n    ]\n"
    )
