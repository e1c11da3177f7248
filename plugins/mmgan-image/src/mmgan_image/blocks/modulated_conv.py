"""A convolution whose weights a style modulates, row by row, without weights of a row's own.

A style gives each input channel a strength s_i. Weights s_i W_oik, divided by their length
(demodulated), are the same as: scale the input by s, convolve with W, scale the output by

    d_o = (sum_ik (s_i W_oik)^2 + 1e-8)^(-1/2).

Karras et al. 2020, "Analyzing and improving the image quality of StyleGAN",
https://arxiv.org/abs/1912.04958.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_image.blocks.levels import SLOPE


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
        """``gain``: of the weights at the start; demodulation takes it out again."""
        super().__init__()
        self.demodulate = demodulate
        self.conv = nn.Conv2d(channels, wide, kernel, padding=kernel // 2, bias=False)
        nn.init.normal_(self.conv.weight, std=gain / math.sqrt(channels * kernel**2))
        self.strength = nn.Linear(style, channels)
        nn.init.normal_(self.strength.weight, std=1 / math.sqrt(style))
        nn.init.ones_(self.strength.bias)

    def forward(self, maps: Tensor, style: Tensor) -> Tensor:
        """Convolve with the weights of each row's style."""
        strength = self.strength(style)
        maps = self.conv(maps * strength[:, :, None, None])
        if self.demodulate:
            power = self.conv.weight.square().sum((2, 3))  # (O, C)
            length = (strength.float().square()[:, None] * power).sum(2)  # (B, O)
            maps = maps * (length + 1e-8).rsqrt()[:, :, None, None]
        return maps


class StyledLayer(nn.Module):
    """A modulated 3x3 convolution, grain, a bias and LeakyReLU, which keep the maps' scale."""

    def __init__(self, channels: int, wide: int, style: int, *, grainy: bool) -> None:
        super().__init__()
        self.conv = ModulatedConv(channels, wide, style)
        self.bias = nn.Parameter(torch.zeros(wide))
        if grainy:
            self.graininess = nn.Parameter(torch.zeros(()))

    def forward(self, maps: Tensor, style: Tensor, grain: Tensor | None) -> Tensor:
        """``grain``: a number for each place, (B, 1, H, W), where the layer takes it."""
        maps = self.conv(maps, style)
        if grain is not None:
            maps = maps + self.graininess * grain
        return math.sqrt(2) * leaky_relu(maps + self.bias[:, None, None], SLOPE)
