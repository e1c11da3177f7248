"""The parts that the networks over points share: a residual block, changes of length, movements.

    block(x) = x + W3 a(Wd a(W1 x))

This is R3GAN's block in one dimension: W1 and W3 see single points, the depthwise Wd sees five
neighbours, a is a leaky ReLU. Nothing is normalised, and W3 starts at zero. Huang et al. 2024, "The
GAN is dead; long live the GAN! A modern baseline GAN", https://arxiv.org/abs/2501.05441.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmgan_core import BadValue
from mmgan_core.contracts import SampleSpace
from mmgan_core.foundation.init_weights import init_variance_scaling, init_zeros, kaiming_gain

SLOPE = 0.2
CHANNELS = 3
REACH = 5
# The number of points at which a generator starts and a discriminator ends.
SHORTEST = 8


class SequenceBlock(nn.Module):
    """(B, C, T) to the same shape; a style (B, S) scales the inner channels."""

    def __init__(self, channels: int, *, style: int = 0) -> None:
        super().__init__()
        inner = 2 * channels
        self.expand = nn.Conv1d(channels, inner, 1)
        self.mix = nn.Conv1d(inner, inner, REACH, padding=REACH // 2, groups=inner)
        self.contract = nn.Conv1d(inner, channels, 1, bias=False)
        self.style = nn.Linear(style, inner) if style else None
        for layer in (self.expand, self.mix):
            init_kaiming(layer)
        init_zeros(self.contract)

    def forward(self, x: Tensor, style: Tensor | None = None) -> Tensor:
        """Add the residual."""
        inner = functional.leaky_relu(self.expand(x), SLOPE)
        if self.style is not None and style is not None:
            inner = inner * (1 + self.style(style))[:, :, None]
        inner = functional.leaky_relu(self.mix(inner), SLOPE)
        residual: Tensor = self.contract(inner)
        return x + residual


def init_kaiming(layer: nn.Conv1d) -> nn.Conv1d:
    """The layer with weights that fit a leaky ReLU, and no bias: He et al. 2015."""
    return init_variance_scaling(layer, kaiming_gain(SLOPE))


def lengths(space: SampleSpace) -> list[int]:
    """Numbers of points from T down, each half of the one before, rounded up.

    Raises:
        BadValue: if samples are not (3, T) with enough points.
    """
    if len(space.shape) != 2 or space.shape[0] != CHANNELS or space.shape[1] < SHORTEST:
        raise BadValue(
            f"samples must be (3, T) with at least {SHORTEST} points, not {space.shape}: "
            "use the modality sketch/sketch"
        )
    found = [space.shape[1]]
    while found[-1] > SHORTEST:
        found.append(-(-found[-1] // 2))
    return found


def halved(x: Tensor) -> Tensor:
    """Half as many points, rounded up: means of two."""
    return functional.avg_pool1d(x, 2, ceil_mode=True, count_include_pad=False)


def stretched(x: Tensor, length: int) -> Tensor:
    """More points, by linear interpolation."""
    return functional.interpolate(x, size=length, mode="linear", align_corners=False)


def with_movements(sample: Tensor) -> Tensor:
    """(B, 3, T) to (B, 5, T): x, y, pen, and four times the way to the next point."""
    step = functional.pad(sample[:, :2, 1:] - sample[:, :2, :-1], (0, 1))
    return torch.cat([sample, 4 * step], dim=1)
