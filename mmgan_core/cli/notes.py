"""Warnings that are meant for people, as lines of the command line."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from mmgan_core.errors import Unread
from mmgan_core.foundation.printable import printable


@contextmanager
def notes() -> Iterator[None]:
    """Print what is not read of given values on stderr, once; other warnings are shown as ever.

    A verb makes samples of the same values many times, for the steps of a direction for instance.
    """
    said: set[str] = set()
    with warnings.catch_warnings():
        warnings.simplefilter("always", Unread)
        others = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if not issubclass(category, Unread):
                others(message, category, filename, lineno, file, line)
                return
            import typer

            note = printable(f"note: {message}")
            if note not in said:
                said.add(note)
                typer.echo(note, err=True)

        warnings.showwarning = show
        yield
