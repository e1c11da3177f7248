"""A bar with rate and time left for anything that takes long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def console() -> Console:
    """Where progress and notes go: standard error, so that output can be piped."""
    from rich.console import Console

    return Console(stderr=True)


_noted: set[str] = set()


def note_once(text: str) -> None:
    """A line for the person at the screen, once a process however often it is true."""
    if text not in _noted:
        _noted.add(text)
        console().print(text, style="dim", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar; call the yielded function with how much more is done."""
    from rich import progress as bars

    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*columns, console=console(), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda more: bar.advance(task, more)
