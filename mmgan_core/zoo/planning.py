"""Planning: builds the networks of a recipe without memory for their weights, up to a bound.

Networks whose weights a model holds are planned on torch's meta device. A frozen network, which a
recipe names but a model does not hold, is built on the CPU as usual, within a bound of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from mmgan_core.zoo.weights import no_larger_than

# On the meta device torch samples and computes in Python, and imports its compiler for it, which
# takes longer than all the rest of loading. So the usual ways to initialise weights are skipped.
_DRAWN = (torch.randn, torch.rand)
_DRAWN_LIKE = (torch.randn_like, torch.rand_like)
_FILLED = ("normal_", "uniform_", "fill_", "zero_", "mul_", "div_", "add_", "sub_")
_SCALED = ("mul", "div", "add", "sub", "__rsub__")


@contextmanager
def planned(count: int, numbers: int, where: str) -> Iterator[None]:
    """Let the modules that are built inside take no memory for their tensors, and bound these.

    Args:
        count: the largest number of tensors.
        numbers: the largest number of numbers in all tensors together.
        where: what an error names as the file that describes the networks.

    Raises:
        IntegrityError: as soon as a network exceeds a bound.
    """
    with no_larger_than(count, numbers, where), torch.device("meta"), _Undrawn():
        yield


class _Undrawn(TorchFunctionMode):
    """Skips the initialisation of tensors on the meta device; others are initialised as usual."""

    def __torch_function__(
        self, func: Any, types: object, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> object:
        given = kwargs or {}
        if func in _DRAWN and torch.device(given.get("device") or "meta").type == "meta":
            return torch.empty(*args, **{k: v for k, v in given.items() if k != "generator"})
        target = args[0] if args else given.get("tensor")
        if isinstance(target, torch.Tensor) and target.is_meta:
            if func in _DRAWN_LIKE:
                return _as_large_as(target)
            name = getattr(func, "__name__", "")
            initial = getattr(func, "__module__", "") == "torch.nn.init" and name.endswith("_")
            if initial or name in _FILLED:
                return target
            if name in _SCALED and target.is_floating_point() and _all_numbers(args[1:], given):
                return _as_large_as(target)
        return func(*args, **given)


def _all_numbers(rest: tuple[object, ...], given: dict[str, object]) -> bool:
    """Whether all other operands are real numbers, which do not change a tensor's shape or type."""
    return all(isinstance(value, int | float) for value in (*rest, *given.values()))


def _as_large_as(target: torch.Tensor) -> torch.Tensor:
    # Not empty_like, which torch also computes in Python.
    return torch.empty(target.shape, dtype=target.dtype, device="meta")
