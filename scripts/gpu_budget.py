"""How long the whole of `gpu_check.py` may take, and what is done when that is over."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# With less than this, no part could say anything.
LEAST = 3.0


class OutOfTime(BaseException):
    """The check's time is over; not an Exception, so that no part takes it for a failure."""


class Budget:
    """The time of the whole check."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self._began = seconds, time.monotonic()

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return self.seconds - (time.monotonic() - self._began)

    @property
    def over(self) -> bool:
        """Whether no other part is worth beginning."""
        return self.left < LEAST

    def share(self, wanted: float, parts: int) -> float:
        """The seconds that one of several parts to come may train: fewer if all would be late."""
        return max(0.5, min(wanted, self.left / max(1, parts) / 2))

    @contextmanager
    def enforced(self) -> Iterator[None]:
        """Raise ``OutOfTime`` in what runs when the time is over, where the system can do that."""
        if not hasattr(signal, "setitimer"):
            yield
            return

        def stop(number: int, frame: FrameType | None) -> None:
            raise OutOfTime

        before = signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, max(0.01, self.left))
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
