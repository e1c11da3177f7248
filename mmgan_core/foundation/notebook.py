"""A progress bar in a notebook, which needs no widgets: one output that is drawn again."""

from __future__ import annotations

import time
from html import escape
from typing import Protocol

# Seconds from one drawing to the next: each is a message to the browser.
_PAUSE = 0.5


class _Handle(Protocol):
    def update(self, obj: object) -> None: ...


class NotebookBar:
    """A bar with words beside it, in the output of a cell."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total = what, total
        self._done, self._words = 0, ""
        self._drawn = 0.0
        self._handle: _Handle | None = None

    def update(self, done: int, words: str | None = None) -> None:
        """Move the bar to this many; change the words beside it."""
        self._done = min(done, self._total)
        self._words = self._words if words is None else words
        if time.monotonic() - self._drawn > _PAUSE:
            self.draw()

    def finish(self, done: int) -> None:
        """Move the bar to this many, and draw it at once."""
        self._done = min(done, self._total)
        self.draw()

    def draw(self) -> None:
        """Draw the bar as it is now."""
        from IPython.display import HTML, display  # type: ignore[import-not-found, unused-ignore]

        self._drawn = time.monotonic()
        bar = HTML(self.html())
        if self._handle is None:
            self._handle = display(bar, display_id=True)
        else:
            self._handle.update(bar)

    def html(self) -> str:
        """The bar as HTML."""
        return (
            f"<div>{escape(self._what)} <progress value='{self._done}' max='{self._total}'>"
            f"</progress> {self._done:,}/{self._total:,} {escape(self._words)}</div>"
        )
