"""The state of a training at one moment, and how it is written while training goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from mmgan_core.foundation.devices import CPU
from mmgan_core.runs.checkpoint import TrainingState, prune, save_checkpoint


@dataclass(frozen=True)
class Snapshot:
    """What a checkpoint holds.

    Attributes:
        tensors: the named tensors of each file.
        state: how far training has come.
        keep: how many checkpoints a run keeps.
    """

    tensors: Mapping[str, Mapping[str, Tensor]]
    state: TrainingState
    keep: int

    def folder(self, run: Path) -> Path:
        """Where its checkpoint stands in a run."""
        return run / "checkpoints" / f"{self.state['samples']:012d}"

    def on_the_host(self) -> Snapshot:
        """A copy that training does not change; waits for the device."""
        copied = {
            file: {name: tensor.detach().to(CPU, copy=True) for name, tensor in named.items()}
            for file, named in self.tensors.items()
        }
        return replace(self, tensors=copied)

    def write(self, run: Path) -> Path:
        """Write the checkpoint, and then remove old ones; returns its folder."""
        save_checkpoint(self.folder(run), self.tensors, self.state)
        prune(run, self.keep)
        return self.folder(run)


class Writing:
    """Writes one snapshot after the other: beside the training, if that is on an accelerator.

    A checkpoint is told of once it is complete on the disk, and never before.
    """

    def __init__(self, run: Path, device: torch.device, told: Callable[[Path, int], None]) -> None:
        """``told`` is called with the folder of each checkpoint and its samples."""
        self._run, self._told = run, told
        self._thread: ThreadPoolExecutor | None = None
        if device.type != CPU:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="mmgan-checkpoint")
        self._under_way: tuple[Future[Path], int] | None = None

    def begin(self, snapshot: Snapshot) -> None:
        """Write a snapshot, once the one before it is written.

        Raises:
            MmganError: if that one, or on a CPU this one, cannot be written.
        """
        self.finish()
        samples = snapshot.state["samples"]
        if self._thread is None:
            self._told(snapshot.write(self._run), samples)
            return
        copied = snapshot.on_the_host()
        self._under_way = self._thread.submit(copied.write, self._run), samples

    def look(self) -> None:
        """Tell of a checkpoint that has been completed meanwhile; does not wait for it."""
        if self._under_way and self._under_way[0].done():
            self.finish()

    def finish(self) -> None:
        """Wait until what was begun is written.

        Raises:
            MmganError: if it cannot be.
        """
        if self._under_way:
            (written, samples), self._under_way = self._under_way, None
            self._told(written.result(), samples)
