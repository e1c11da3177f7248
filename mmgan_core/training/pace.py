"""When a run logs and draws sheets: early and often at first, then ever further apart."""

from __future__ import annotations

import time

LOG_EVERY, SAMPLE_EVERY = 5_000, 50_000
# The first of the early ones, in samples; each next one comes after twice as many.
FIRST = 500
# Where 500 samples take longer than this, a first sheet is drawn all the same.
PATIENCE = 40.0


def passed(before: int, now: int, every: int) -> bool:
    """Whether training has come to a multiple of ``every`` samples, or beyond one."""
    return now // every > before // every


def due(before: int, now: int, every: int | None, usual: int) -> bool:
    """Whether to log, or to draw a sheet, now that training has come so far.

    Args:
        every: do it at multiples of this; None: at 500, 1,000, 2,000 and so on, twice as many each
            time, until ``usual`` is reached, and then at its multiples.
    """
    if passed(before, now, every or usual):
        return True
    mark = FIRST
    while every is None and mark < usual and mark <= now:
        if before < mark:
            return True
        mark *= 2
    return False


class Patience:
    """Says once that a first sheet is overdue by the clock, counted from the end of a first step.

    Only the process that draws asks, so that processes whose clocks differ do the same steps.
    """

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._since: float | None = None

    def over(self, *, drawn: bool) -> bool:
        """Whether to draw a first sheet now; ask after each step.

        Args:
            drawn: whether there is a sheet already.
        """
        if not self._wanted or drawn:
            self._wanted = False
            return False
        now = time.monotonic()
        if self._since is None:  # a first step may compile
            self._since = now
        self._wanted = now - self._since < PATIENCE
        return not self._wanted
