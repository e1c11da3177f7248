"""Broadcasting: turns given values, one or several for each entry, into lists of equal length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from numbers import Integral

from mmgan_core.errors import UsageError
from mmgan_core.foundation.seeds import Seed, checked_seed


def broadcast(
    given: Mapping[str, object], count: int | None, seed: Seed = 0
) -> tuple[dict[str, list[object]], int]:
    """Return a list of ``count`` values for each entry, and the count.

    A single value is used for all samples; the values of a list take turns.

    Args:
        given: one value, or a list of values, for each entry.
        count: how many values each list gets; default: the number of seeds, the length of the
            longest list, or 1.
        seed: one seed, or one for each sample.

    Raises:
        UsageError: for an empty list, lists of different lengths, a count that leaves out some
            value, what is no seed, or another number of seeds than samples.
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
    seeds, least = checked_seed(seed), max([1, *lengths])
    several = 1 if isinstance(seeds, int) else len(seeds)
    wanted = max(least, several) if count is None else count
    if wanted < least:
        raise UsageError(
            f"{wanted} samples are fewer than the {least} values given"
            if lengths
            else f"count must be at least 1, not {wanted}",
            hint="count is the number of all samples; without it, there is one of each value",
        )
    checked_seed(seed, wanted)
    return {n: list(islice(cycle(v), wanted)) for n, v in lists.items()}, wanted


def _is_one(value: Sequence[object]) -> bool:
    """Whether a tuple is a single value, (samples, rate), rather than two values."""
    if not isinstance(value, tuple) or len(value) != 2:
        return False
    samples, rate = value
    return isinstance(rate, Integral) and hasattr(samples, "__len__") and type(samples) is not str
