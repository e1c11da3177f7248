"""The directory that samples are written to: it never mixes those of two calls."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import typer

SHEET = "sheet.png"
"""The file that every such directory holds."""


def out_option(name: str) -> object:
    """The option that names the directory; ``name`` is its default."""
    said = f"The directory to write; default: {name}, or {name}-2 if that holds samples, and so on."
    return typer.Option("--out", metavar="DIR", help=said)


def fresh(out: Path | None, name: str) -> Path:
    """Return the directory to write to.

    Args:
        out: the one that was asked for.
        name: the default; if there are samples in it, it is numbered on.

    Raises:
        UsageError: if the one that was asked for holds samples already.
    """
    from mmgan_core.errors import UsageError

    if out is None:
        numbered = (Path(f"{name}-{number}") for number in count(2))
        folder = Path(name)
        while (folder / SHEET).exists():
            folder = next(numbered)
        return folder
    if (out / SHEET).exists():
        raise UsageError(
            f"{out} holds samples already, which these would mix with",
            hint="name another directory, or leave out --out: the default is numbered on",
        )
    return out
