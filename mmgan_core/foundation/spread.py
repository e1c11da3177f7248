"""Chooses a few rows of many, always the same, spread over all of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def spread_runs(rows: int, most: int, runs: int) -> npt.NDArray[np.int64]:
    """At most ``most`` rows in order: runs of neighbours, one in each stretch of the rows.

    Neighbours are read together where rows are stored in blocks. A run begins anywhere in its
    stretch, so that data with a period in them are not seen at one phase of it alone.
    """
    if rows <= most:
        return np.arange(rows)
    runs = max(1, min(runs, most))
    edges = np.linspace(0, rows, runs + 1).astype(np.int64)
    sizes = np.diff(np.linspace(0, most, runs + 1).astype(np.int64))
    spare = np.diff(edges) - sizes
    shift = np.random.Generator(np.random.PCG64(0)).random(runs) * (spare + 1)
    starts = edges[:-1] + shift.astype(np.int64)
    return np.concatenate(
        [np.arange(start, start + size) for start, size in zip(starts, sizes, strict=True)]
    )
