"""The residual block of R3GAN, and what its generator and discriminator share.

A block is x + W3 a(Wg a(W1 x)): W1 1x1 from C to 2C, Wg a grouped 3x3, W3 1x1 back to C, a bias
and LeakyReLU(0.2); no normalisation. Weights are drawn from N(0, g^2 / fan-in) with
g = sqrt(2 / 1.04) L^(-1/4) for L blocks, W3 is zero. Huang et al. 2024.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from mmgan_core import Options
from mmgan_image.blocks.binomial import binomial_halved, binomial_resized
from mmgan_image.blocks.levels import SLOPE, halved, resized

# Channels at full size, by the side of the pictures: 768 from a side of 32 down.
PRESETS = {32: 768, 64: 384, 128: 192, 256: 96}
# How sizes are halved, and how they grow.
RESAMPLING = {
    "bilinear": (halved, resized),
    "binomial": (binomial_halved, binomial_resized),
}


class R3Options(Options):
    """What `image/r3` lets a recipe say of either player."""

    preset: Literal[32, 64, 128, 256] | None = Field(
        None, description="the paper's sizes for pictures so wide, where no others are given"
    )
    width: int = Field(32, ge=1, description="channels at full size")
    growth: float = Field(2.0, ge=1, description="times as many channels a level down")
    max_width: int = Field(256, ge=1, description="channels at most")
    blocks: int = Field(1, ge=1, description="residual blocks a level")
    group: int = Field(16, ge=1, description="channels of one group of the 3x3 convolutions")
    levels: int | None = Field(None, ge=0, description="halvings; default: until a side is 4")
    resample: Literal["bilinear", "binomial"] = Field(
        "bilinear", description="how sizes change; the paper's is binomial"
    )

    @model_validator(mode="before")
    @classmethod
    def _as_in_the_paper(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        preset = given.get("preset")
        if not isinstance(preset, int) or preset not in PRESETS:
            return given
        sizes = {
            "width": PRESETS[preset],
            "growth": 1 if preset == 32 else 2,
            "max_width": 768,
            "blocks": 2,
            "group": 16,
            "resample": "binomial",
        }
        return {**sizes, **given}


def level_widths(options: R3Options, count: int) -> list[int]:
    """Channels of each level, from full size down."""
    grown = (round(options.width * options.growth**level) for level in range(count))
    return [min(wide, options.max_width) for wide in grown]


class R3Block(nn.Module):
    """(B, C, H, W) to the same."""

    def __init__(self, channels: int, *, group: int, gain: float) -> None:
        super().__init__()
        inner = 2 * channels
        groups = max(1, inner // group)
        while inner % groups:
            groups -= 1
        self.expand = drawn(nn.Conv2d(channels, inner, 1), gain)
        self.mix = drawn(nn.Conv2d(inner, inner, 3, padding=1, groups=groups), gain)
        self.contract = nn.Conv2d(inner, channels, 1, bias=False)
        nn.init.zeros_(self.contract.weight)

    def forward(self, maps: Tensor) -> Tensor:
        """Add the residual."""
        inner = functional.leaky_relu(self.expand(maps), SLOPE)
        inner = functional.leaky_relu(self.mix(inner), SLOPE)
        residual: Tensor = self.contract(inner)
        return maps + residual


def gain_of(blocks: int) -> float:
    """g for so many blocks in all."""
    return math.sqrt(2 / (1 + SLOPE**2)) / math.sqrt(math.sqrt(blocks))


def drawn(layer: nn.Conv2d, gain: float) -> nn.Conv2d:
    """The layer with weights from N(0, gain^2 / fan-in) and no bias."""
    nn.init.normal_(layer.weight, std=gain / math.sqrt(layer.weight[0].numel()))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
