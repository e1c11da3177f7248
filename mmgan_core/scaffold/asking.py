"""Asks at a terminal what a new plugin is to supply."""

from __future__ import annotations

import sys
from string import Template

import typer

from mmgan_core.errors import UsageError, nearest
from mmgan_core.scaffold.kinds import BY_KIND, PARTS, kind_of

USUAL = "generator, discriminator"


def can_ask() -> bool:
    """Whether there is a terminal at which a person can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def asked_kinds(name: str) -> list[str]:
    """Ask what the plugin is to supply, by names or numbers, until the answer is valid.

    Raises:
        UsageError: if there is no terminal.
    """
    if not can_ask():
        raise UsageError(
            "say what the plugin supplies: --with KIND, once or several times",
            hint="KIND is one of " + ", ".join(BY_KIND),
        )
    for number, part in enumerate(PARTS, 1):
        summary = Template(part.summary).substitute(name=name)
        typer.echo(f"  {number:2}  {part.kind:14} {summary}", err=True)
    while True:
        answer = typer.prompt("What does it supply (names or numbers)?", default=USUAL, err=True)
        kinds = [_kind(word) for word in answer.replace(",", " ").split()]
        unknown = [kind for kind in kinds if kind not in BY_KIND]
        if kinds and not unknown:
            return kinds
        for kind in unknown:
            typer.echo(f"{kind!r} is not a kind: {nearest(kind, BY_KIND)}", err=True)


def asked_author() -> str:
    """Ask for the author, who may be left out."""
    answer: str = typer.prompt(
        "Who is its author (may be empty)?", default="", show_default=False, err=True
    )
    return answer


def _kind(word: str) -> str:
    if word.isdigit() and 1 <= int(word) <= len(PARTS):
        return PARTS[int(word) - 1].kind
    return kind_of(word)
