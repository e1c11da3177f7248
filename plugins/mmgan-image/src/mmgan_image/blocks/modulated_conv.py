"""A convolution whose weights a style modulates, in each row of the batch by its own style.

A style gives each input channel a strength s_i. The weights become s_i W_oik, divided by their
length (demodulation). No weights are kept for each row, because this is the same: scale the input
by s, convolve with W, and scale the output by

    d_o = (sum_ik (s_i W_oik)^2 + 1e-8)^(-1/2).

Karras et al. 2020, "Analyzing and improving the image quality of StyleGAN",
https://arxiv.org/abs/1912.04958.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_image.init_weights import SLOPE, init_variance_scaling


class ModulatedConv(nn.Module):
    """(B, C, H, W) and a style (B, S) to (B, O, H, W); no bias."""

    def __init__(
        self,
        channels: int,
        wide: int,
        style: int,
        *,
        kernel: int = 3,
        demodulate: bool = True,
        gain: float = 1.0,
    ) -> None:
        """``gain``: of the initial weights; demodulation cancels it."""
        super().__init__()
        self.demodulate = demodulate
        self.conv = nn.Conv2d(channels, wide, kernel, padding=kernel // 2, bias=False)
        init_variance_scaling(self.conv, gain)
        self.strength = init_variance_scaling(nn.Linear(style, channels))
        nn.init.ones_(self.strength.bias)

    def forward(self, maps: Tensor, style: Tensor) -> Tensor:
        """Convolve each row with the weights that its style modulates."""
        strength = self.strength(style)
        maps = self.conv(maps * strength[:, :, None, None])
        if self.demodulate:
            power = self.conv.weight.square().sum((2, 3))  # (O, C)
            length = (strength.float().square()[:, None] * power).sum(2)  # (B, O)
            maps = maps * (length + 1e-8).rsqrt()[:, :, None, None]
        return maps


class StyledLayer(nn.Module):
    """A modulated 3x3 convolution, noise, a bias and a leaky ReLU; together they keep the scale."""

    def __init__(self, channels: int, wide: int, style: int, *, grainy: bool) -> None:
        super().__init__()
        self.conv = ModulatedConv(channels, wide, style)
        self.bias = nn.Parameter(torch.zeros(wide))
        if grainy:
            self.graininess = nn.Parameter(torch.zeros(()))

    def forward(self, maps: Tensor, style: Tensor, grain: Tensor | None) -> Tensor:
        """Convolve, add noise, activate.

        Args:
            grain: noise for each place, (B, 1, H, W), or None in a layer that is not ``grainy``.
        """
        maps = self.conv(maps, style)
        if grain is not None:
            maps = maps + self.graininess * grain
        return math.sqrt(2) * leaky_relu(maps + self.bias[:, None, None], SLOPE)
