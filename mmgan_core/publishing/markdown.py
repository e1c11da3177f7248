"""Escapes foreign text for its place in Markdown: in prose, in a code span or in a table cell.

Only prose gets HTML escapes: inside code a reader would see, and copy, the escape itself.
"""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"[\\`*\[\]|~]|(?<!\w)_|_(?!\w)")
_BLOCK = re.compile(r"^(?=[#+\-=~>])|^(\d+)(?=[.)] )")


def one_line(text: object) -> str:
    """Remove line breaks and the characters that control a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def prose(text: object) -> str:
    """Escape text so that it is shown as written, without tags, links, emphasis or new cells.

    Example:
        >>> prose("Travel & [Places]")
        'Travel &amp; \\\\[Places\\\\]'
    """
    found = one_line(text)
    for sign, harmless in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        found = found.replace(sign, harmless)
    found = _PUNCTUATION.sub(lambda sign: f"\\{sign.group()}", found)
    return _BLOCK.sub(lambda start: f"{start.group(1) or ''}\\", found)


def code(text: object) -> str:
    """Return a code span that shows text as written; its fence is longer than the text's backticks.

    Example:
        >>> code("Travel & Places")
        '`Travel & Places`'
    """
    found = one_line(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", found)), default=0))
    room = " " if found.startswith("`") or found.endswith("`") or not found else ""
    return f"{fence}{room}{found}{room}{fence}"


def cell(markdown: str) -> str:
    """Escape Markdown for a table cell, where a bar would end the cell even inside code.

    Example:
        >>> cell(code("a|b"))
        '`a\\\\|b`'
    """
    return re.sub(r"(?<!\\)\|", r"\\|", markdown)
