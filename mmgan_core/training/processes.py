"""One process or several, through accelerate; we write no launcher.

Gradients are averaged by hand and not by DistributedDataParallel, whose hooks do not know the
gradient of a gradient that exact penalties take.
"""

from __future__ import annotations

import atexit
from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Processes:
    """The processes that train together, as ``accelerate launch`` started them."""

    def __init__(self, *, cpu: bool = False) -> None:
        from accelerate import Accelerator

        self._accelerator = Accelerator(cpu=cpu)
        self.device: torch.device = self._accelerator.device
        self.count: int = self._accelerator.num_processes
        self.rank: int = self._accelerator.process_index
        self.main: bool = self._accelerator.is_main_process
        if self.count > 1:
            # A group that is open when the interpreter ends now and then aborts the process.
            atexit.register(self._accelerator.end_training)

    def wait(self) -> None:
        """Until every process is here."""
        self._accelerator.wait_for_everyone()

    @torch.no_grad()
    def average_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """The mean of every process's gradients, in one message."""
        if self.count == 1:
            return
        # A process whose batch left a part unused must still send as much as the others.
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
