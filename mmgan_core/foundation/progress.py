"""Progress bars and notes on the screen, for everything that takes long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def console() -> Console:
    """The console for progress and notes: standard error, so that output can be piped."""
    from rich.console import Console

    return Console(stderr=True)


_noted: set[str] = set()


def note_once(text: str) -> None:
    """Print a note, only once in each process."""
    if text not in _noted:
        _noted.add(text)
        console().print(text, style="dim", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar; the yielded function moves it on by as many steps as it is given."""
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
