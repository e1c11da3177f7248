"""Seeds: whole numbers, one for all samples or one for each."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral

from mmgan_core.errors import BadValue, UsageError

Seed = int | Sequence[int]
"""One seed for all samples, or one for each of them, of which it makes the first."""


def one_seed(seed: object) -> int:
    """Return a seed, which is a whole number and nothing that could be taken for one.

    Raises:
        BadValue: for anything else: what differs from run to run or rounds is no seed.
    """
    if isinstance(seed, Integral) and not isinstance(seed, bool):
        return int(seed)
    raise BadValue(f"a seed is a whole number, not {_shown(seed)}")


def checked_seed(seed: object, count: int | None = None) -> Seed:
    """Return a seed, or a tuple of seeds: one for each sample.

    Args:
        count: how many samples there are; default: as many as there are seeds.

    Raises:
        UsageError: for anything but a whole number or a list of them, or another number of seeds.
    """
    if not isinstance(seed, (list, tuple, range)):
        try:
            return one_seed(seed)
        except BadValue as error:
            raise UsageError(str(error), hint="or give a list of them, one a sample") from None
    try:
        seeds = tuple(one_seed(each) for each in seed)
    except BadValue as error:
        raise UsageError(f"in the list of seeds: {error}") from None
    if not seeds or count not in (None, len(seeds)):
        raise UsageError(
            f"the list of seeds has {len(seeds)}, where there are {count or 1} samples",
            hint="give one seed, or one for each sample",
        )
    return seeds


def seed_of_row(seed: Seed, row: int) -> tuple[int, int]:
    """Return what the randomness of a row depends on: its seed, and its number under this seed."""
    return (seed[row], 0) if isinstance(seed, Sequence) else (seed, row)


def _shown(value: object) -> str:
    return f"{value!r:.60} ({type(value).__name__})"
