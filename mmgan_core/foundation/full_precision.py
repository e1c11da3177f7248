"""Arithmetic that half precision is too coarse for, inside a training step that uses it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch


def full_precision(device: torch.device) -> AbstractContextManager[object]:
    """A context in which autocast changes no precision on this device."""
    if not torch.amp.is_autocast_available(device.type):  # such as on the meta device
        return nullcontext()
    return torch.autocast(device.type, enabled=False)
