"""A crash: an exception that is no finding of a check, with the place where it was raised."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path

import torch

_OURS, _TORCH = Path(__file__).parent, Path(torch.__file__).parent


@dataclass(frozen=True)
class Crash:
    """An exception as a component's author has to know it.

    Attributes:
        error: its type and message.
        where: the file, line and function of the author that it comes from, or "".
        key: the same for every crash with the same cause, whatever the sizes in its message.
    """

    error: str
    where: str
    key: tuple[str, str]

    def __str__(self) -> str:
        return f"{self.error} ({self.where})" if self.where else self.error


def crash_of(error: BaseException) -> Crash:
    """Describe an exception; its place is the deepest that is neither torch's nor the kit's."""
    said = f"{type(error).__name__}: {error}".rstrip(": ")
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not _is_within(frame.filename) and frame.lineno
    ]
    if not own:
        return Crash(said, "", (type(error).__name__, said.splitlines()[0]))
    last = own[-1]
    where = f"{Path(last.filename).name}, line {last.lineno}, in {last.name}"
    return Crash(said, where, (type(error).__name__, f"{last.filename}:{last.lineno}"))


def _is_within(file: str) -> bool:
    path = Path(file)
    return file.startswith("<") or _OURS in path.parents or _TORCH in path.parents
