"""Foreign text on a terminal: what could move its cursor, hide or turn other text is escaped."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

# Marks inside of words and emoji; other characters that nobody sees are escaped.
_JOINERS = "\u200c\u200d"
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# What we ourselves print: bold headings, and the bars of libraries, which begin a line again.
_OWN_STYLE = re.compile(r"\x1b\[[01]?m")
_BAR = re.compile(r"^\r|^\n?\x1b\[A$|\r$")


def printable(text: str) -> str:
    r"""Return text for a terminal: line breaks and tabs stay, other control characters are escaped.

    So are marks that turn the direction of text, and halves of characters. The escapes are JSON's.

    Example:
        >>> printable("a\x1b[2Jb")
        'a\\u001b[2Jb'
    """
    if text.isprintable():
        return text
    return "".join(_escaped(sign) if _is_unseen(sign) else sign for sign in text)


def on_one_line(text: str) -> str:
    """Return printable text without line breaks, for a row of a table."""
    return printable(re.sub(r"\s", " ", text))


def _is_unseen(sign: str) -> bool:
    return unicodedata.category(sign) in _UNSEEN and sign not in f"\n\t{_JOINERS}"


def _escaped(sign: str) -> str:
    units = sign.encode("utf-16-be", errors="surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


class Printable:
    """A text stream that writes printable text to another.

    Attributes:
        unfiltered: the other stream.
    """

    def __init__(self, stream: IO[str]) -> None:
        self.unfiltered = stream

    def write(self, text: str) -> int:
        """Write text, all but our own styles escaped where it must be."""
        bar = _BAR.match(text)
        start = bar.group() if bar else ""
        parts = _OWN_STYLE.split(text[len(start) :])
        styles = [*_OWN_STYLE.findall(text[len(start) :]), ""]
        self.unfiltered.write(
            start + "".join(printable(p) + s for p, s in zip(parts, styles, strict=True))
        )
        return len(text)

    def __getattr__(self, name: str) -> object:
        # Bytes would go past this stream.
        if name == "buffer":
            raise AttributeError(name)
        found: object = getattr(self.unfiltered, name)
        return found


@contextmanager
def printable_output() -> Iterator[None]:
    """Let standard output and standard error be printable, whoever writes to them."""
    before = sys.stdout, sys.stderr
    if isinstance(sys.stdout, Printable):
        yield
        return
    sys.stdout, sys.stderr = (cast(IO[str], Printable(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stdout, sys.stderr = before
