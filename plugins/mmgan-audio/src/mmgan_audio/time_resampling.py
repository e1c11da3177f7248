"""Sounds read at other times: a function that is linear in the sound.

It is made of gathers and sums, which have derivatives of any order, and is exact where a time is a
whole number. Between frames it interpolates linearly; between samples of a waveform by a windowed
sinc with 4 samples on either side (Lanczos; Duchon, Journal of Applied Meteorology 1979), because
linear interpolation would dull what lies near half the rate.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

SMOOTH, SHARP = 1, 4
"""Neighbours on either side: frames of a canvas, samples of a waveform."""


def read_at(times: Tensor, *, reach: int, value: float) -> Callable[[Tensor], Tensor]:
    """A function that reads sounds, (B, ..., T), at these times of each row.

    Args:
        times: (B, T'), in places of the sound; 0 is its first place.
        reach: ``SMOOTH`` or ``SHARP``.
        value: what lies beyond both ends.
    """
    before = times.floor()
    steps = torch.arange(1 - reach, reach + 1, device=times.device)[:, None]
    places = before[:, None] + steps  # (B, 2 reach, T')
    away = (times - before)[:, None] - steps
    share = torch.sinc(away) * torch.sinc(away / reach) if reach > 1 else 1 - away.abs()
    share = share / share.sum(1, keepdim=True)

    def read(sound: Tensor) -> Tensor:
        last = sound.shape[-1] - 1
        weight = share * ((places >= 0) & (places <= last))
        shape = (len(sound), *[1] * (sound.dim() - 2), -1)
        index = places.clamp(0, last).long().reshape(shape)
        near = sound.gather(-1, index.expand(*sound.shape[:-1], -1))
        near = near.unflatten(-1, (2 * reach, -1))
        weight = weight.reshape(*shape[:-1], 2 * reach, times.shape[1]).to(sound)
        found: Tensor = (near * weight).sum(-2) + value * (1 - weight.sum(-2))
        return found

    return read
