"""Progress bars and notes on the screen, for everything that takes long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from mmgan_core.foundation.printable import Printable, on_one_line, printable

if TYPE_CHECKING:
    from rich.console import Console


def console() -> Console:
    """The console for progress and notes: standard error, so that output can be piped.

    What is foreign in the text that it prints is escaped; its own control characters are not.
    """
    from rich.console import Console

    class Notes(Console):
        def print(self, *objects: object, **options: object) -> None:
            shown = (printable(one) if isinstance(one, str) else one for one in objects)
            super().print(*shown, **options)  # type: ignore[arg-type]

    if isinstance(sys.stderr, Printable):
        return Notes(file=sys.stderr.unfiltered)
    return Notes(stderr=True)


_noted: set[str] = set()


def note_once(text: str) -> None:
    """Print a note, only once in each process."""
    if text not in _noted:
        _noted.add(text)
        console().print(text, style="dim", markup=False, highlight=False, soft_wrap=True)


class Pauses:
    """Says when it is time for another line in a log: after ten seconds, then ever more rarely."""

    def __init__(self) -> None:
        self._pause = 10.0
        self._next: float | None = None

    def over(self) -> bool:
        """Whether a line is due; the clock begins with the first call."""
        now = time.monotonic()
        if self._next is not None and now < self._next:
            return False
        first, self._next = self._next is None, now + self._pause
        self._pause = min(2 * self._pause, 600.0)
        return not first


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar; the yielded function moves it on by as many steps as it is given.

    Where there is no terminal, such as in a log file, a line comes now and then instead.
    """
    shown, what = console(), on_one_line(what)
    if shown.is_jupyter:
        yield _in_notebook(what, total)
        return
    if not shown.is_terminal:
        yield _lines(shown, what, total)
        return
    from rich import progress as bars

    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.TextColumn("{task.completed:,.0f}/{task.total:,.0f}"),
        bars.TextColumn("{task.fields[rate]}"),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*columns, console=shown, transient=True) as bar:
        task = bar.add_task(what, total=total, rate="")

        def advance(more: int) -> None:
            speed = bar.tasks[0].speed
            bar.update(task, advance=more, rate=f"{speed:,.3g}/s" if speed else "")

        yield advance


def _in_notebook(what: str, total: int) -> Callable[[int], None]:
    from mmgan_core.foundation.notebook import NotebookBar

    bar, done = NotebookBar(what, total), 0

    def advance(more: int) -> None:
        nonlocal done
        done += more
        if done < total:
            bar.update(done)
        else:
            bar.finish(done)

    return advance


def _lines(shown: Console, what: str, total: int) -> Callable[[int], None]:
    pauses, done, began = Pauses(), 0, time.monotonic()
    pauses.over()  # the clock begins

    def advance(more: int) -> None:
        nonlocal done
        done = min(total, done + more)
        if pauses.over():
            rate = done / max(1e-9, time.monotonic() - began)
            left = f", {timedelta(seconds=round((total - done) / rate))} left" if rate else ""
            said = f"{what}: {done:,} of {total:,}, {rate:,.3g}/s{left}"
            shown.print(said, markup=False, highlight=False, soft_wrap=True)

    return advance
