"""Errors that are the user's to mend: what is wrong, where, and the way out."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class MmganError(Exception):
    """A mistake the user can mend; the CLI prints it without a traceback.

    Args:
        message: what is wrong and where.
        hint: the nearest valid choice or the next command.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(f"{message}\n  {hint}" if hint else message)
        self.message = message
        self.hint = hint


class UsageError(MmganError):
    """A wrong argument, recipe or option."""

    exit_code = 2


class RecipeError(UsageError):
    """A recipe that cannot be read, checked or assembled."""


class PluginMissing(MmganError):
    """A component whose plugin is known but not installed, blocked or broken."""

    exit_code = 3


class IntegrityError(MmganError):
    """A file that is not what its hash or header says."""

    exit_code = 4


class DataError(MmganError):
    """Data that cannot be found, read or used."""


class BadValue(ValueError):
    """One value that cannot be decoded; the row is counted and skipped."""


def nearest(name: str, choices: Iterable[str]) -> str:
    """A did-you-mean sentence: the nearest of the choices, or all of them."""
    known = sorted(set(choices))
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    if not known:
        return "there is none to choose from"
    return "choose from: " + ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
