"""The residual block of R3GAN, and the options that its generator and discriminator share.

    block(x) = x + W3 a(Wg a(W1 x))

W1 is a 1x1 convolution from C to 2C channels, Wg a grouped 3x3 convolution, W3 a 1x1 convolution
back to C, a a leaky ReLU; W1 and Wg have a bias, nothing is normalised. W1 and Wg start with the
gain `residual_gain`, W3 at zero. Huang et al. 2024, "The GAN is dead; long live the GAN! A modern
baseline GAN", https://arxiv.org/abs/2501.05441.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from mmgan_core import Options
from mmgan_image.blocks.binomial import binomial_halved, binomial_resized
from mmgan_image.blocks.levels import halved, resized
from mmgan_image.init_weights import SLOPE, init_variance_scaling, init_zeros

# Channels at full size, by the side of the pictures.
PRESETS = {32: 768, 64: 384, 128: 192, 256: 96}
# By name, a function that halves maps and one that enlarges them.
RESAMPLING = {
    "bilinear": (halved, resized),
    "binomial": (binomial_halved, binomial_resized),
}


class R3Options(Options):
    """Options of the generator and the discriminator `image/r3`."""

    preset: Literal[32, 64, 128, 256] | None = Field(
        None, description="the paper's sizes for pictures of this side; other options override them"
    )
    width: int = Field(32, ge=1, description="channels at full size")
    growth: float = Field(2.0, ge=1, description="factor of the channels from level to level")
    max_width: int = Field(256, ge=1, description="most channels of any level")
    blocks: int = Field(1, ge=1, description="residual blocks a level")
    group: int = Field(16, ge=1, description="channels of one group of the 3x3 convolutions")
    levels: int | None = Field(
        None, ge=0, description="number of halvings; default: until a side is 4"
    )
    resample: Literal["bilinear", "binomial"] = Field(
        "bilinear", description="filter that changes sizes; the paper has binomial"
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
    """Maps (B, C, H, W) to maps of the same shape."""

    def __init__(self, channels: int, *, group: int, gain: float) -> None:
        super().__init__()
        inner = 2 * channels
        groups = max(1, inner // group)
        while inner % groups:
            groups -= 1
        self.expand = init_variance_scaling(nn.Conv2d(channels, inner, 1), gain)
        self.mix = init_variance_scaling(nn.Conv2d(inner, inner, 3, padding=1, groups=groups), gain)
        self.contract = init_zeros(nn.Conv2d(inner, channels, 1, bias=False))

    def forward(self, maps: Tensor) -> Tensor:
        """Add the residual."""
        inner = functional.leaky_relu(self.expand(maps), SLOPE)
        inner = functional.leaky_relu(self.mix(inner), SLOPE)
        residual: Tensor = self.contract(inner)
        return maps + residual
