"""Broadcasting: turns given values, one or several for each entry, into lists of equal length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral

from mmgan_core.errors import UsageError


def broadcast(
    given: Mapping[str, object], count: int | None
) -> tuple[dict[str, list[object]], int]:
    """Return a list of ``count`` values for each entry, and the count.

    A single value is repeated, and a list of values is repeated as a whole.

    Args:
        given: one value, or a list of values, for each entry.
        count: how many values each list gets; default: the length of the longest list, or 1.

    Raises:
        UsageError: for an empty list, lists of different lengths, or a count that is not a
            multiple of their length.
    """
    lists = {
        n: list(v) if isinstance(v, (list, tuple)) and not _is_one(v) else [v]
        for n, v in given.items()
    }
    for name, values in lists.items():
        if not values:
            raise UsageError(f"{name}: an empty list was given", hint="leave it out")
    lengths = {len(v) for v in lists.values()} - {1}
    if len(lengths) > 1:
        raise UsageError(f"lists of different lengths were given: {sorted(lengths)}")
    wanted = count if count is not None else max([1, *lengths])
    if wanted < 1 or (lengths and wanted % max(lengths)):
        raise UsageError(
            f"count {wanted} is not a multiple of the {max([1, *lengths])} values given"
        )
    return {name: v * (wanted // len(v)) for name, v in lists.items()}, wanted


def _is_one(value: Sequence[object]) -> bool:
    """Whether a tuple is a single value, (samples, rate), rather than two values."""
    if not isinstance(value, tuple) or len(value) != 2:
        return False
    samples, rate = value
    return isinstance(rate, Integral) and hasattr(samples, "__len__") and type(samples) is not str
