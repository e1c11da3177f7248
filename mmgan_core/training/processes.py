"""Training in one process or in several that ``accelerate launch`` started.

Gradients are averaged here and not by DistributedDataParallel, whose hooks do not support the
gradient of a gradient, which exact penalties take.
"""

from __future__ import annotations

import atexit
import importlib
import os
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, distributed, nn

from mmgan_core.errors import UsageError
from mmgan_core.foundation.devices import AUTO, CPU, device_of
from mmgan_core.training.averaging import Averaging


class Processes:
    """The processes that train together.

    Attributes:
        device: the device of this process.
        count: how many processes there are.
        rank: the number of this process, from 0.
        main: whether this process writes and prints for all.
    """

    def __init__(self, *, cpu: bool = False, device: str = AUTO) -> None:
        """
        Args:
            cpu: short for the device ``cpu``.
            device: ``cpu``, ``cuda``, ``cuda:1``, ``mps``; or ``auto``, a GPU if there is one.

        Raises:
            UsageError: if the device cannot be used, or only by one of several processes.
        """
        from accelerate import Accelerator, PartialState
        from accelerate.state import is_initialized

        if cpu and device not in (AUTO, CPU):
            raise UsageError(f"the device is either the CPU or {device!r}", hint="leave out --cpu")
        cpu = cpu or device == CPU
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            # It takes the process group as a default argument when it is first imported, which
            # torch.compile and timm do too. Imported before there is a group, it holds none.
            importlib.import_module("torch.distributed.nn.functional")
        # It refuses to be told of the CPU in a process that has trained on a GPU before.
        before = is_initialized() and PartialState().device.type != CPU
        self._accelerator = Accelerator(cpu=cpu and not before)
        self.device: torch.device = self._accelerator.device
        self.count: int = self._accelerator.num_processes
        if self.count == 1:
            _refuse_lost_processes()
            self.device = PartialState().default_device
        if self.count == 1 and (cpu or device != AUTO):
            self.device = device_of(CPU if cpu else device)
        elif device not in (AUTO, CPU):
            raise UsageError(
                f"{self.count} processes cannot all use the device {device!r}",
                hint="leave out --device: each process takes a GPU of its own; or name the cpu",
            )
        self.rank: int = self._accelerator.process_index
        self.main: bool = self._accelerator.is_main_process
        self._averaging: dict[tuple[int, ...], Averaging] = {}
        self._group: distributed.ProcessGroup | None = None
        if self.count > 1:
            # Batches that are seen whole send messages of their own in a backward pass, and no two
            # processes need to do both in the same order.
            group = distributed.new_group()
            self._group = None if isinstance(group, int) else group
            # A process group that is still there when the interpreter ends sometimes aborts it:
            # its threads then ask for an interpreter that is no more.
            atexit.register(self._end)

    def _end(self) -> None:
        self._group = None  # its threads live as long as it is held
        self._accelerator.end_training()

    def wait(self) -> None:
        """Wait until every process has called this."""
        self._accelerator.wait_for_everyone()

    def begin_averaging(self, parameters: Sequence[nn.Parameter]) -> None:
        """Send gradients as soon as the backward pass that follows, the last one, has them."""
        if self.count > 1:
            self._averaging_of(parameters).begin()

    def average_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Replace gradients by their mean over all processes."""
        if self.count > 1:
            self._averaging_of(parameters).finish()

    def _averaging_of(self, parameters: Sequence[nn.Parameter]) -> Averaging:
        key = tuple(map(id, parameters))
        if key not in self._averaging:
            self._averaging[key] = Averaging(parameters, self._send)
        return self._averaging[key]

    def _send(self, flat: Tensor) -> Callable[[], Tensor]:
        """Begin to average a vector; what it returns waits for the mean."""
        work = distributed.all_reduce(flat, group=self._group, async_op=True)

        def mean() -> Tensor:
            if work is not None:
                work.wait()
            return flat / self.count

        return mean

    def any(self, flag: bool) -> bool:
        """Whether the flag is set in any process."""
        if self.count == 1:
            return flag
        return bool(self._accelerator.reduce(torch.tensor(float(flag), device=self.device)) > 0)


def _refuse_lost_processes() -> None:
    """Refuse to train in one process where ``accelerate launch`` was asked for several.

    On CPUs it starts a single one, and says nothing.

    Raises:
        UsageError: says how to start several.
    """
    several = "MASTER_ADDR" in os.environ and "WORLD_SIZE" not in os.environ
    if several and os.environ.get("ACCELERATE_USE_CPU", "").lower() in ("true", "1"):
        raise UsageError(
            "accelerate launch was asked for several processes, and started one: on CPUs it starts "
            "several only through MPI",
            hint="torchrun --nproc_per_node 2 -m mmgan_core.cli.main train RECIPE --cpu",
        )
