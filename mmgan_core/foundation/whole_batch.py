"""The whole batch where several processes compute a share of it each, in the order of their ranks.

What compares rows of a batch with one another must see all of them. Gradients go back to the
process that a row or a number comes from, and may be differentiated again. The mean of the
processes' gradients, which training takes, is then that of one process with the whole batch.
"""

from __future__ import annotations

import torch
from torch import Tensor, distributed


def shares() -> int:
    """Into how many shares a batch is divided: how many processes train together."""
    together = distributed.is_available() and distributed.is_initialized()
    return distributed.get_world_size() if together else 1


def sum_of_all(tensor: Tensor) -> Tensor:
    """The sum of the tensors of all processes."""
    return tensor if shares() == 1 else _summed(tensor)


def mean_of_all(tensor: Tensor) -> Tensor:
    """The mean of the tensors of all processes."""
    return tensor if shares() == 1 else _summed(tensor) / shares()


def rows_of_all(tensor: Tensor) -> Tensor:
    """The rows, (B, ...), of all processes together: those of the whole batch."""
    if shares() == 1:
        return tensor
    if tensor.is_floating_point():
        gathered: Tensor = _Rows.apply(tensor)
        return gathered
    whole = _gathered(tensor.to(torch.uint8) if tensor.dtype == torch.bool else tensor)
    return whole.to(tensor.dtype)


def own_rows(count: int) -> slice:
    """Where the rows of this process are among those of all, if it has so many."""
    if shares() == 1:
        return slice(0, count)
    first = distributed.get_rank() * count
    return slice(first, first + count)


def _summed(tensor: Tensor) -> Tensor:
    total: Tensor = _Sum.apply(tensor)
    return total


def _gathered(tensor: Tensor) -> Tensor:
    own = tensor.contiguous()
    parts = [torch.empty_like(own) for _ in range(shares())]
    distributed.all_gather(parts, own)
    return torch.cat(parts)


class _Sum(torch.autograd.Function):
    """Every process has the sum, so that the gradient of a number is the sum of all gradients."""

    @staticmethod
    def forward(ctx: object, tensor: Tensor) -> Tensor:
        total = tensor.contiguous().clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: object, grad: Tensor) -> Tensor:
        return _summed(grad)


class _Rows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: object, tensor: Tensor) -> Tensor:
        return _gathered(tensor)

    @staticmethod
    def backward(ctx: object, grad: Tensor) -> Tensor:
        return _summed(grad)[own_rows(len(grad) // shares())]
