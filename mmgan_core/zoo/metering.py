"""A meter: how much memory operations of torch would take, and how long they would run.

On the meta device an operation knows the size of its result and computes nothing. So what networks
would take is counted there before any of it is allocated.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from mmgan_core.foundation.tensors_in import tensors_in
from mmgan_core.zoo.budget import (
    GIGABYTE,
    OPERATIONS_A_SECOND,
    SECONDS_A_CALL,
    Cost,
    budget,
    refuse_over_budget,
)


class Meter(TorchDispatchMode):
    """Counts what the operations inside take.

    What would be made on another device than the meta device is refused before it is made, and so
    is what runs on for longer than the budget allows.

    Args:
        what: what runs, the subject of a refusal.

    Attributes:
        alive: how many bytes the tensors have that were made and are still used.
        most: how many they had at most.
        operations: how many numbers were computed, or multiplied and added.
        calls: how many operations were called.
    """

    def __init__(self, what: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.what = what
        self.alive, self.most, self.operations, self.calls = 0, 0, 0.0, 0
        self._known: set[int] = set()

    @property
    def cost(self) -> Cost:
        """What was counted so far."""
        computing = self.operations / OPERATIONS_A_SECOND
        return Cost(self.most, computing, self.calls * SECONDS_A_CALL)

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload,
        types: object,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        from torch.utils.flop_counter import flop_registry

        given = dict(kwargs or {})
        self.calls += 1
        if self.calls * SECONDS_A_CALL > 60 * budget().minutes:
            self._refuse(0)
        if func is torch.ops.aten._local_scalar_dense.default and tensors_in(args)[0].is_meta:
            return 0  # whether all has ended, for instance: it has not
        if given.get("device") is not None and not tensors_in((args, given)):
            self._refuse_large(func, args, given)
        held = {tensor.untyped_storage()._cdata for tensor in tensors_in((args, given))}
        result = func(*args, **given)
        made = tensors_in(result)
        for tensor in made:
            if tensor.untyped_storage()._cdata not in held:
                self._count(tensor)
        multiplied: Callable[..., float] | None = flop_registry.get(func._overloadpacket)
        self.operations += (
            multiplied(*args, **given, out_val=result)
            if multiplied
            else sum(tensor.numel() for tensor in made)
        )
        return result

    def _refuse_large(
        self, func: torch._ops.OpOverload, args: Sequence[object], given: dict[str, object]
    ) -> None:
        """Refuse a tensor that would be made of nothing on a real device, if it is too large."""
        if torch.device(str(given["device"])).type == "meta":
            return
        for tensor in tensors_in(func(*args, **{**given, "device": torch.device("meta")})):
            if self.alive + _bytes(tensor) > budget().memory * GIGABYTE:
                self._refuse(_bytes(tensor))

    def _refuse(self, more: int) -> None:
        counted = self.cost
        most = max(counted.memory, self.alive + more)
        refuse_over_budget(replace(counted, memory=most, at_least=True), self.what)

    def _count(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key not in self._known:
            self._known.add(key)
            weakref.finalize(storage, self._gone, key, storage.nbytes()).atexit = False
            self.alive += storage.nbytes()
            self.most = max(self.most, self.alive)

    def _gone(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.alive -= size


class FusedAttention(TorchFunctionMode):
    """Attention as devices compute it: without a table of all pairs, which the meta device makes.

    Args:
        meter: counts what it computes.
    """

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: object,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        if func is torch.nn.functional.scaled_dot_product_attention and len(args) >= 3:
            query, key, value = tensors_in(args[:3])
            if query.is_meta and query.shape[-1] == value.shape[-1]:
                pairs = math.prod(query.shape[:-1]) * key.shape[-2]
                self._meter.operations += 4.0 * pairs * query.shape[-1]
                return query.new_empty(query.shape)
        return func(*args, **(kwargs or {}))


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()
