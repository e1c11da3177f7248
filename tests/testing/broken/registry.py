"""Where broken components are kept, each with the check that must catch it."""

from __future__ import annotations

BROKEN: list[tuple[str, str, type, dict[str, object]]] = []


def caught_by(kind: str, check: str, **spec: object):
    """Add a class to the broken components; ``spec``: what its spec declares."""

    def add(cls: type) -> type:
        BROKEN.append((kind, check, cls, spec))
        return cls

    return add
