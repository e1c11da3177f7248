"""Place after place as one operation of a graph, for networks that are exported.

A tracer would write the layers down again for each place of a text, and a graph of so many copies
takes many minutes to trace and to translate. The scan of PyTorch and of ONNX holds one copy. What
is carried from place to place must not change its shape, so that keys and values have room for all
places, and which of them are there is a mask.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor

Carried = tuple[Tensor, ...]
Step = Callable[[Carried, tuple[Tensor, ...]], tuple[Carried, Tensor]]
"""From what is carried, and what is fed at a place, to what is carried on, and what is made."""


def is_traced() -> bool:
    """Whether a network is being exported rather than used."""
    return torch.compiler.is_exporting()


def one_after_another(step: Step, carried: Carried, fed: tuple[Tensor, ...]) -> Tensor:
    """What each step made, (T, ...), of what is fed at the places, each (T, ...)."""
    from torch._higher_order_ops.scan import scan

    _, made = scan(step, carried, fed)
    return cast(Tensor, made)


def places(length: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """For each place, where it is itself, and which places are there by then, (T, T) each."""
    numbers = torch.arange(length, device=device)
    return numbers == numbers[:, None], numbers <= numbers[:, None]


class TracedPast:
    """The keys and values of all places of a text, (B, heads, T, d), of which some are there.

    Args:
        keys: those so far; anything at other places.
        values: the same of values.
        here: where the next place is, (T,).
        real: which places are there with it, (T,).
    """

    def __init__(self, keys: Tensor, values: Tensor, here: Tensor, real: Tensor) -> None:
        self.keys, self.values = keys, values
        self.here, self.real = here, real[None]

    def add(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Add the next place; return all of them."""
        here = self.here[:, None]
        self.keys = torch.where(here, key, self.keys)
        self.values = torch.where(here, value, self.values)
        return self.keys, self.values
