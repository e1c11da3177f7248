"""Names of entries, from names of columns."""

from __future__ import annotations

from collections.abc import Iterable

from mmgan_core.assembly.taken_names import is_taken


def entry_names(columns: Iterable[str]) -> dict[str, str]:
    """Return a unique entry name for each column, by the column's name."""
    found: dict[str, str] = {}
    for column in columns:
        name = _name(column)
        while name in found.values():
            name += "_"
        found[column] = name
    return found


def _name(column: str) -> str:
    """Turn the name of a column into a valid name of an entry."""
    name = "".join(c if c.isascii() and c.isalnum() else "_" for c in column.lower())
    name = name if name[:1].isalpha() else f"a_{name}"
    return f"{name}_" if is_taken(name) else name
