"""How weights lie in memory: convolutions are quicker with channels last."""

from __future__ import annotations

from itertools import chain
from typing import TypeVar

import torch
from torch import nn

_Module = TypeVar("_Module", bound=nn.Module)


def channels_last(module: _Module) -> _Module:
    """Put the weights of a module's convolutions into ``torch.channels_last``; returns it.

    ``nn.Module.to(memory_format=...)`` stumbles over weights of five sizes. ``contiguous`` leaves
    weights of a single channel as they are, for both layouts are the same to it; a convolution then
    makes maps with channels first.
    """
    for tensor in chain(module.parameters(), module.buffers()):
        if tensor.dim() == 4:
            tensor.data = tensor.data.to(memory_format=torch.channels_last)
    return module
