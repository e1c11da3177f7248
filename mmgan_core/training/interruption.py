"""Ctrl-C, SIGTERM and SIGHUP stop training after the present step, with a checkpoint."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType


class Interruption:
    """Remembers a signal; a second Ctrl-C ends the program at once.

    Schedulers and terminals may send theirs more than once while the checkpoint is written.

    Attributes:
        signal: the number of the signal that came, or None.
    """

    def __init__(self) -> None:
        self.signal: int | None = None
        self._before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Interruption:
        # Python delivers signals to the main thread only.
        if threading.current_thread() is threading.main_thread():
            hang_up = getattr(signal, "SIGHUP", signal.SIGTERM)  # Windows has none
            for number in {signal.SIGINT, signal.SIGTERM, hang_up}:
                self._before[number] = signal.signal(number, self._remember)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self.signal = number
        if number == signal.SIGINT:
            signal.signal(number, self._before[number])
