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


class Processes:
    """The processes that train together.

    Attributes:
        device: the device of this process.
        count: how many processes there are.
        rank: the number of this process, from 0.
        main: whether this process writes and prints for all.
    """

    def __init__(self, *, cpu: bool = False) -> None:
        from accelerate import Accelerator

        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            # It takes the process group as a default argument when it is first imported, which
            # torch.compile and timm do too. Imported before there is a group, it holds none.
            importlib.import_module("torch.distributed.nn.functional")
        self._accelerator = Accelerator(cpu=cpu)
        self.device: torch.device = self._accelerator.device
        self.count: int = self._accelerator.num_processes
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
