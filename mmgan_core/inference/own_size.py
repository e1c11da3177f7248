"""Given values of any size: rows of one size are made together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mmgan_core.contracts import Modality
from mmgan_core.errors import BadValue, UsageError


@dataclass(frozen=True)
class Alike:
    """Rows one after another whose given values have the same sizes.

    Attributes:
        rows: the rows.
        growth: how many times as many numbers the largest value has as one of the training data.
    """

    rows: slice
    growth: float = 1.0


def alike_rows(
    modalities: Mapping[str, Modality], given: Mapping[str, Sequence[object]], count: int
) -> list[Alike]:
    """Divide rows where the sizes of their values change.

    Args:
        modalities: the modalities of the given entries whose values keep their size.
        given: raw values, one for each row.
        count: how many rows.

    Raises:
        UsageError: if a value cannot be read.
    """
    # One value is often given for many rows.
    known: dict[tuple[str, int], tuple[int, ...]] = {}

    def shape(name: str, value: object) -> tuple[int, ...]:
        key = (name, id(value))
        if key not in known:
            try:
                known[key] = modalities[name].sized(value).space.shape
            except BadValue as error:
                raise UsageError(f"{name}: {error}") from error
        return known[key]

    kept = [name for name in modalities if name in given]
    shapes = [tuple(shape(name, given[name][row]) for name in kept) for row in range(count)]
    starts = [row for row in range(count) if not row or shapes[row] != shapes[row - 1]]
    found = []
    for start, stop in zip(starts, [*starts[1:], count], strict=True):
        growth = [
            math.prod(one) / math.prod(modalities[name].space.shape)
            for name, one in zip(kept, shapes[start], strict=True)
        ]
        found.append(Alike(slice(start, stop), max(growth, default=1.0)))
    return found
