"""A sequence of noise of any length from one noise vector: a stationary Gaussian process.

    s_c(t) = sum_j (a_cj cos(w_cj t) + b_cj sin(w_cj t)) / sqrt(J)

The noise vector holds the a and b, which are N(0, 1): then s(t) is N(0, 1) at every t, and how two
times go together depends on their distance alone. So a network that was taught on the first t, as
windows are, has seen everything that later ones bring. Each channel has J frequencies w of its own,
spread over all that the steps can tell apart and in no simple ratio, so that nothing returns soon.
These are the random features of Rahimi and Recht 2007, "Random features for large-scale kernel
machines", along time.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class NoiseSequence(nn.Module):
    """Noise (B, dim) to a sequence (B, channels, T).

    Args:
        channels: the channels of the sequence.
        frequencies: how many frequencies each channel has.
    """

    def __init__(self, channels: int, frequencies: int) -> None:
        super().__init__()
        self.dim = 2 * channels * frequencies
        places = torch.arange(frequencies) + torch.rand(channels, frequencies)
        # Radians a step, of each channel; kept with the weights, as they were learned for these.
        self.register_buffer("speeds", math.pi * places / frequencies)
        self.speeds: Tensor

    def forward(self, noise: Tensor, start: int, count: int) -> Tensor:
        """The steps from ``start`` on, which may be negative, ``count`` of them."""
        channels, frequencies = self.speeds.shape
        steps = torch.arange(start, start + count, device=noise.device, dtype=torch.float32)
        angles = self.speeds.float()[..., None] * steps  # (C, J, T)
        waves = torch.cat([angles.cos(), angles.sin()], dim=1).to(noise.dtype)  # (C, 2 J, T)
        shares = noise.unflatten(1, (channels, 2 * frequencies)) / frequencies**0.5
        return torch.einsum("bcj,cjt->bct", shares, waves)
