"""What the networks over points share: a residual block, changes of length, movements.

The block is R3GAN's in one dimension, x + W3 a(Wd a(W1 x)), with W1 and W3 over single points and a
depthwise Wd over five neighbours; no normalisation, W3 starts at zero. Huang et al. 2024, "The GAN
is dead; long live the GAN!", https://arxiv.org/abs/2501.05441.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmgan_core import BadValue
from mmgan_core.contracts import SampleSpace

SLOPE = 0.2
CHANNELS = 3
REACH = 5
# The grid that a generator starts from and a discriminator ends at.
SHORTEST = 8


class SequenceBlock(nn.Module):
    """(B, C, T) to the same; with a style (B, S), which scales inner channels."""

    def __init__(self, channels: int, *, style: int = 0) -> None:
        super().__init__()
        inner = 2 * channels
        self.expand = nn.Conv1d(channels, inner, 1)
        self.mix = nn.Conv1d(inner, inner, REACH, padding=REACH // 2, groups=inner)
        self.contract = nn.Conv1d(inner, channels, 1, bias=False)
        self.style = nn.Linear(style, inner) if style else None
        for layer in (self.expand, self.mix):
            start(layer)
        nn.init.zeros_(self.contract.weight)

    def forward(self, x: Tensor, style: Tensor | None = None) -> Tensor:
        """Add the residual."""
        inner = functional.leaky_relu(self.expand(x), SLOPE)
        if self.style is not None and style is not None:
            inner = inner * (1 + self.style(style))[:, :, None]
        inner = functional.leaky_relu(self.mix(inner), SLOPE)
        residual: Tensor = self.contract(inner)
        return x + residual


def start(layer: nn.Conv1d) -> nn.Conv1d:
    """The layer, its weights drawn so that the size of activations stays, and no bias."""
    gain = math.sqrt(2 / (1 + SLOPE**2))
    nn.init.normal_(layer.weight, std=gain / math.sqrt(layer.weight[0].numel()))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def lengths(space: SampleSpace) -> list[int]:
    """Numbers of points from T down, each half of the one before, rounded up.

    Raises:
        BadValue: unless samples are (3, T) with enough points.
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
    """More points, on straight lines between those there are."""
    return functional.interpolate(x, size=length, mode="linear", align_corners=False)


def with_movements(sample: Tensor) -> Tensor:
    """(B, 3, T) to (B, 5, T): beside x, y and pen how far the next point lies, times four."""
    step = functional.pad(sample[:, :2, 1:] - sample[:, :2, :-1], (0, 1))
    return torch.cat([sample, 4 * step], dim=1)
