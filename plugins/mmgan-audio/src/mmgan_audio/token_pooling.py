"""One vector of the tokens of a sound that are no padding: their mean beside their maximum."""

from __future__ import annotations

import torch
from torch import Tensor


def real_tokens(count: int, step: int, sounding: Tensor) -> Tensor:
    """Which of ``count`` tokens hear something, (B, count), True where they do; at least the first.

    Args:
        step: how many frames or samples a token stands for.
        sounding: how many of them sound, (B,).
    """
    at = torch.arange(count, device=sounding.device) * step
    return at < sounding.clamp_min(1)[:, None]


def mean_and_most(tokens: Tensor, real: Tensor) -> Tensor:
    """Tokens (B, T, E) to (B, 2 E); ``real`` (B, T) is True at least once a row."""
    there = real[..., None]
    mean = (tokens * there).sum(1) / there.sum(1)
    most = tokens.masked_fill(~there, -torch.inf).amax(1)
    return torch.cat([mean, most], dim=1)
