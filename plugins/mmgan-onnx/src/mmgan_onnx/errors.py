"""The error that users can correct."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class OnnxError(Exception):
    """What is wrong, and where; ``hint`` says what to do.

    Args:
        message: what is wrong.
        hint: the nearest valid choice, or the next command.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(f"{message}\n  {hint}" if hint else message)
        self.message, self.hint = message, hint


class Unread(UserWarning):
    """A part of a given value is not read; the command prints it as a note."""


def nearest(name: str, choices: Iterable[str]) -> str:
    """A hint that suggests the nearest of the choices, or lists them."""
    known = sorted(set(choices))
    close = get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    if not known:
        return "there is none to choose from"
    return "choose from: " + ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
