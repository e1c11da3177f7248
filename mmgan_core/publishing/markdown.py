"""Foreign text inside Markdown, escaped by where it stands: prose, a code span or a table's cell.

HTML escapes belong into prose alone: inside code a reader would see, and copy, the escape itself.
"""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"[\\`*\[\]|~]|(?<!\w)_|_(?!\w)")
_BLOCK = re.compile(r"^(?=[#+\-=~>])|^(\d+)(?=[.)] )")
# What a check for active content takes for a handler or an address that runs.
_HANDLER = re.compile(r"(\bon[a-z]+\s*)=", re.IGNORECASE)
_SCHEME = re.compile(r"(javascript|vbscript|data)(\s*):", re.IGNORECASE)


def one_line(text: object) -> str:
    """Text without line breaks and without what controls a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def prose(text: object) -> str:
    """Text that reads as it is written: no tag, no link, no emphasis, no end of a cell.

    Example:
        >>> prose("Travel & [Places]")
        'Travel &amp; \\\\[Places\\\\]'
    """
    found = one_line(text)
    for sign, harmless in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        found = found.replace(sign, harmless)
    found = _HANDLER.sub(r"\1&#61;", _SCHEME.sub(r"\1\2&#58;", found))
    found = _PUNCTUATION.sub(lambda sign: f"\\{sign.group()}", found)
    return _BLOCK.sub(lambda start: f"{start.group(1) or ''}\\", found)


def code(text: object) -> str:
    """A code span that shows text as it is: its fence is longer than any run of backticks in it.

    Example:
        >>> code("Travel & Places")
        '`Travel & Places`'
    """
    found = one_line(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", found)), default=0))
    room = " " if found.startswith("`") or found.endswith("`") or not found else ""
    return f"{fence}{room}{found}{room}{fence}"


def cell(markdown: str) -> str:
    """Markdown inside a table's cell, where a bar ends the cell even within code.

    Example:
        >>> cell(code("a|b"))
        '`a\\\\|b`'
    """
    return re.sub(r"(?<!\\)\|", r"\\|", markdown)
