"""Loads the next batch of each phase in a thread while the device computes, into pinned memory.

A copy from pinned memory goes on beside the computation; one from other memory keeps the host
waiting. What is loaded depends on the number of the sample alone, so that it makes no difference to
the numbers whether it was loaded ahead.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import torch
from torch import Tensor

from mmgan_core.data.feed import Batch, Feed

# Nothing is copied to them, or torch cannot pin memory for them.
_NOT_PINNED = ("cpu", "mps", "meta")


class Prefetch:
    """Returns the batches of a feed on a device, and has the next of each phase ready."""

    def __init__(self, feed: Feed, device: torch.device) -> None:
        self._feed, self._device = feed, device
        self._ahead: dict[int, tuple[tuple[int, int], Future[Batch]]] = {}
        self._thread: ThreadPoolExecutor | None = None
        if device.type not in _NOT_PINNED:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="mmgan-batches")

    def batch(self, phase: int, start: int, count: int, *, then: int) -> Batch:
        """The batch of samples ``start`` to ``start + count`` of a phase.

        Args:
            phase, start, count: as for ``Feed.batch``.
            then: with which sample the phase's next batch will probably start.
        """
        if self._thread is None:
            return self._feed.batch(phase, start, count, self._device)
        wanted, loading = self._ahead.pop(phase, ((-1, -1), None))
        if loading is not None and wanted == (start, count):
            host = loading.result()
        else:
            host = self._pinned(phase, start, count)
        self._ahead[phase] = (then, count), self._thread.submit(self._pinned, phase, then, count)
        return self._feed.placed(host, self._device)

    def _pinned(self, phase: int, start: int, count: int) -> Batch:
        host = self._feed.host(phase, start, count)
        return replace(
            host,
            given={name: _each_pinned(tensors) for name, tensors in host.given.items()},
            real=_each_pinned(host.real),
            meaning=host.meaning.pin_memory(),
            present=_each_pinned(host.present),
        )


def _each_pinned(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.pin_memory() for name, tensor in tensors.items()}
