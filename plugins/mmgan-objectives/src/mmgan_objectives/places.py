"""Means over some places of samples."""

from __future__ import annotations

from torch import Tensor


def mean_where(values: Tensor, chosen: Tensor) -> Tensor:
    """The mean of values (B, ...) where ``chosen`` is 1; 0 if that is nowhere.

    Args:
        chosen: 1 or 0; broadcasts to the values.
    """
    chosen = chosen.to(values).expand_as(values)
    return (values * chosen).sum() / chosen.sum().clamp_min(1)
