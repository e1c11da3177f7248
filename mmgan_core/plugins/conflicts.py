"""Names that plugins bring; a name claimed twice is unavailable."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import TypeVar

from mmgan_core.plugins.manager import Plugin, Plugins

T = TypeVar("T")


def without_conflicts(
    plugins: Plugins,
    brought: Iterable[tuple[Plugin, Mapping[str, T]]],
    *,
    own: Container[str],
    what: str,
) -> dict[str, T]:
    """What has a name of its own; each plugin whose name is left out is told why.

    Args:
        brought: by plugin what it brings, by name.
        own: names that are the toolkit's.
        what: what the names are of: ``verb``, ``recipe``.
    """
    offered: dict[str, list[tuple[Plugin, T]]] = {}
    for plugin, named in brought:
        for name, one in named.items():
            offered.setdefault(name, []).append((plugin, one))
    alone = {}
    for name, rows in offered.items():
        if name in own:
            for plugin, _ in rows:
                plugins.find_fault(
                    plugin,
                    "partial",
                    f"its {what} {name!r} is mmgan-zoo's own, "
                    "and is left out: its author can rename it",
                )
        elif len(rows) > 1:
            for plugin, _ in rows:
                others = [other for other, _ in rows if other is not plugin]
                told = " and ".join(other.distribution for other in others)
                ways = " ".join(f"--no-plugin {other.name}" for other in others)
                plugins.find_fault(
                    plugin,
                    "partial",
                    f"its {what} {name!r} is also brought by "
                    f"{told} and is left out; to have it: {ways}",
                )
        else:
            alone[name] = rows[0][1]
    return alone


def left_out(plugins: Plugins, what: str, name: str) -> str:
    """Why a name that plugins bring is unavailable, or ""."""
    reasons = (plugin.reason for plugin in plugins if plugin.status == "partial")
    return next((reason for reason in reasons if f"its {what} {name!r}" in reason), "")
