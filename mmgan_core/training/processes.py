"""Training in one process or in several that ``accelerate launch`` started.

Gradients are averaged here and not by DistributedDataParallel, whose hooks do not support the
gradient of a gradient, which exact penalties take.
"""

from __future__ import annotations

import atexit
import importlib
import os
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmgan_core.errors import UsageError
from mmgan_core.foundation.devices import AUTO, CPU, device_of


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
        if self.count > 1:
            # A process group that is still there when the interpreter ends sometimes aborts it:
            # its threads then ask for an interpreter that is no more.
            atexit.register(self._accelerator.end_training)

    def wait(self) -> None:
        """Wait until every process has called this."""
        self._accelerator.wait_for_everyone()

    @torch.no_grad()
    def average_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Replace gradients by their mean over all processes, in one message."""
        if self.count == 1:
            return
        # A process that has no gradient of some weights must still send as much as the others.
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        flat = self._accelerator.reduce(torch.cat([g.flatten() for g in grads]), "mean")
        for parameter, grad in zip(parameters, _split(flat, grads), strict=True):
            # The message knows no strides, and a fused optimiser takes it that a gradient lies in
            # memory as its weight does.
            parameter.grad = torch.empty_like(parameter).copy_(grad)

    def any(self, flag: bool) -> bool:
        """Whether the flag is set in any process."""
        if self.count == 1:
            return flag
        return bool(self._accelerator.reduce(torch.tensor(float(flag), device=self.device)) > 0)


def _split(flat: Tensor, like: Sequence[Tensor]) -> list[Tensor]:
    parts = torch.split(flat, [tensor.numel() for tensor in like])
    return [part.view_as(tensor) for part, tensor in zip(parts, like, strict=True)]


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
