"""What FSDP2 can do with penalties: gradients in two processes against those of one.

torchrun --standalone --nproc_per_node 2 benchmarks/fsdp2.py
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard


def plain(network: nn.Module, x: Tensor) -> Tensor:
    return network(x).square().mean()


def finite_difference(network: nn.Module, x: Tensor) -> Tensor:
    return ((network(x + 0.01) - network(x)) / 0.01).square().mean()


def r1(network: nn.Module, x: Tensor) -> Tensor:
    x = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(network(x).sum(), x, create_graph=True)
    return slope.square().sum(1).mean()


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))


def found(loss: Callable[[nn.Module, Tensor], Tensor], *, reshard: bool) -> str:
    rank, mesh = distributed.get_rank(), init_device_mesh("cpu", (2,))
    x = torch.randn(8, 4, generator=torch.Generator().manual_seed(1))
    whole, divided = network(), network()
    loss(whole, x).backward()
    for part in (*(one for one in divided if isinstance(one, nn.Linear)), divided):
        fully_shard(part, mesh=mesh, reshard_after_forward=reshard)
    try:
        loss(divided, x[rank * 4 : rank * 4 + 4]).backward()
    except RuntimeError as error:
        return f"{type(error).__name__}: {error}"
    apart = [
        float((one.grad.full_tensor() - other.grad).abs().max())  # type: ignore[union-attr,operator]
        for one, other in zip(divided.parameters(), whole.parameters(), strict=True)
    ]
    return f"gradients differ by up to {max(apart):.2g}"


if __name__ == "__main__":
    distributed.init_process_group("gloo")
    for loss in (plain, finite_difference, r1):
        for reshard in (True, False):
            said = found(loss, reshard=reshard)
            if distributed.get_rank() == 0:
                print(f"{loss.__name__}, reshard_after_forward={reshard}: {said}", flush=True)
    distributed.destroy_process_group()
