"""Errors that users can correct: each says what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class MmganError(Exception):
    """The base of all errors that a user can correct; the CLI prints them without a traceback.

    Args:
        message: what is wrong, and where.
        hint: what to do: the nearest valid choice, or the next command.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__()
        self.say(message, hint=hint)

    def say(self, message: str, *, hint: str = "") -> None:
        """Change what the error says."""
        self.args = (f"{message}\n  {hint}" if hint else message,)
        self.message = message
        self.hint = hint

    def _render_traceback_(self) -> list[str]:
        """What notebooks show instead of a traceback: what is wrong, and what to do."""
        return [f"{type(self).__name__}: {self}"]


class UsageError(MmganError):
    """An argument, a recipe or an option is wrong."""

    exit_code = 2


class RecipeError(UsageError):
    """A recipe cannot be read, checked or assembled."""


class PluginMissing(MmganError):
    """The plugin of a component is known, but is not installed, blocked or broken."""

    exit_code = 3


class IntegrityError(MmganError):
    """A file does not match its hash or its header."""

    exit_code = 4


class DataError(MmganError):
    """Data cannot be found, read or used."""


class BadValue(ValueError):
    """A component cannot use a value; whoever called the component adds where the value is from.

    If a value of the data cannot be decoded, its row is counted and skipped. If a component cannot
    work with its sizes, the message names the component's place in the recipe.
    """


class Unread(UserWarning):
    """A part of a given value is not read; the command line prints it as a note."""


def nearest(name: str, choices: Iterable[str]) -> str:
    """Return a hint that suggests the nearest of the choices, or lists them."""
    known = sorted(set(choices))
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    if not known:
        return "there is none to choose from"
    return "choose from: " + ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
