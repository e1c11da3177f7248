"""Names that plugins supply, such as verbs: a name that is claimed twice is unavailable."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import TypeVar

from mmgan_core.plugins.manager import Plugin, Plugins

T = TypeVar("T")


def without_conflicts(
    plugins: Plugins,
    supplied: Iterable[tuple[Plugin, Mapping[str, T]]],
    *,
    own: Container[str],
    what: str,
) -> dict[str, T]:
    """The things that plugins supply under names that no one else claims.

    ``plugins ls`` shows why a name of a plugin was left out.

    Args:
        supplied: the things that each plugin supplies, by name.
        own: the names that the toolkit uses itself.
        what: what is named, for messages: ``verb``, ``recipe``.
    """
    claims: dict[str, list[tuple[Plugin, T]]] = {}
    for plugin, named in supplied:
        for name, one in named.items():
            claims.setdefault(name, []).append((plugin, one))
    available = {}
    for name, rows in claims.items():
        if name in own:
            for plugin, _ in rows:
                plugins.find_fault(
                    plugin,
                    "partial",
                    f"its {what} {name!r} is mmgan-zoo's own "
                    "and is left out: its author can rename it",
                )
        elif len(rows) > 1:
            for plugin, _ in rows:
                others = [other for other, _ in rows if other is not plugin]
                owners = " and ".join(other.distribution for other in others)
                flags = " ".join(f"--no-plugin {other.name}" for other in others)
                plugins.find_fault(
                    plugin,
                    "partial",
                    f"its {what} {name!r} is also supplied by "
                    f"{owners} and is left out; to use it: {flags}",
                )
        else:
            available[name] = rows[0][1]
    return available


def left_out(plugins: Plugins, what: str, name: str) -> str:
    """Why a name that plugins supply is unavailable, or ""."""
    reasons = (plugin.reason for plugin in plugins if plugin.status == "partial")
    return next((reason for reason in reasons if f"its {what} {name!r}" in reason), "")
