"""Asking at a terminal what a new plugin supplies."""

from __future__ import annotations

import sys
from string import Template

import typer

from mmgan_core.errors import UsageError, nearest
from mmgan_core.scaffold.kinds import BY_KIND, PARTS, kind_of

USUAL = "generator, discriminator"


def can_ask() -> bool:
    """Whether somebody sits at a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def asked_kinds(name: str) -> list[str]:
    """What the plugin is to supply, by name or number; asked again until it is known.

    Raises:
        UsageError: if nobody can be asked.
    """
    if not can_ask():
        raise UsageError(
            "say what the plugin supplies: --with KIND, as often as you like",
            hint="KIND is one of " + ", ".join(BY_KIND),
        )
    for number, part in enumerate(PARTS, 1):
        summary = Template(part.summary).substitute(name=name)
        typer.echo(f"  {number:2}  {part.kind:14} {summary}", err=True)
    while True:
        said = typer.prompt("What does it supply (names or numbers)?", default=USUAL, err=True)
        kinds = [_meant(word) for word in said.replace(",", " ").split()]
        unknown = [kind for kind in kinds if kind not in BY_KIND]
        if kinds and not unknown:
            return kinds
        for kind in unknown:
            typer.echo(f"{kind!r} is nothing to supply: {nearest(kind, BY_KIND)}", err=True)


def asked_author() -> str:
    """Who writes it; nothing is an answer."""
    said: str = typer.prompt(
        "Who writes it (may be empty)?", default="", show_default=False, err=True
    )
    return said


def _meant(word: str) -> str:
    if word.isdigit() and 1 <= int(word) <= len(PARTS):
        return PARTS[int(word) - 1].kind
    return kind_of(word)
