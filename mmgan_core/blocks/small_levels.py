"""Which levels of a network are small enough to read the tokens of a condition."""

from __future__ import annotations

from collections.abc import Sequence

from mmgan_core.errors import BadValue


def small_levels(sizes: Sequence[tuple[int, ...]], side: int) -> list[int]:
    """The numbers of the levels whose short side is at most ``side``; none for a side of 0.

    Args:
        sizes: the grid of each level.
        side: the largest short side.

    Raises:
        BadValue: if a side is given and no level is that small.
    """
    small = [level for level, size in enumerate(sizes) if min(size) <= side]
    if side and not small:
        raise BadValue(
            f"attend: no level has a short side of {side} or less; there are "
            f"{sorted(min(size) for size in sizes)}; 0 turns attention off"
        )
    return small
