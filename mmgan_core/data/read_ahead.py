"""Prepares batches in threads before they are asked for, a bounded number of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Generic, TypeVar

import torch

# So many batches of a phase are ready or under way.
DEPTH = 4
_T = TypeVar("_T")


class ReadAhead(Generic[_T]):
    """Returns batches by their samples; those that would follow are begun at once.

    What a batch holds does not depend on whether it was foreseen: every batch is made in a thread
    of the same settings, from its samples alone.
    """

    def __init__(self, make: Callable[[int, int], _T], pool: ThreadPoolExecutor) -> None:
        """
        Args:
            make: makes the batch of samples ``start`` to ``start + count``.
            pool: the threads, from ``threads``.
        """
        self._make, self._pool = make, pool
        self._begun: dict[tuple[int, int], Future[_T]] = {}
        self._last: int | None = None

    def get(self, start: int, count: int) -> _T:
        """The batch of some samples; an error that was raised for it is raised here."""
        step = count if self._last is None or start <= self._last else start - self._last
        self._last = start
        wanted = [(start + step * n, count) for n in range(DEPTH + 1)]
        for batch in self._begun.keys() - set(wanted):
            self._begun.pop(batch).cancel()
        for batch in wanted:
            if batch not in self._begun:
                self._begun[batch] = self._pool.submit(self._make, *batch)
        return self._begun.pop((start, count)).result()


def threads() -> ThreadPoolExecutor:
    """Threads that prepare values as the process does that trains."""
    return ThreadPoolExecutor(
        max_workers=max(1, min(8, (os.cpu_count() or 2) - 1)),
        thread_name_prefix="rows",
        # Torch keeps it for each thread; see ``train``.
        initializer=partial(torch.set_flush_denormal, True),
    )
