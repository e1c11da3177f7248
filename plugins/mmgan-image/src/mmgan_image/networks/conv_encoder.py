"""A small convolutional encoder: strided blocks, then the mean and the peak of each feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_core import Options
from mmgan_core.contracts import Encoder, Encoding, Modality
from mmgan_image.blocks.levels import level_sizes

MOST = 8
"""How many times as many channels as at first there are at most."""


class ConvEncoderOptions(Options):
    """Options of `image/conv`."""

    dim: int = Field(128, ge=1, description="size of the encoding")
    width: int = Field(32, ge=4, multiple_of=4, description="channels after the first block")


class ConvEncoder(Encoder):
    """(B, C, H, W) to (B, dim); any size from 1 x 1."""

    Options = ConvEncoderOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"dim": 12, "width": 8},)

    def __init__(self, options: ConvEncoderOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        self.dim = options.dim
        levels = len(level_sizes(modality.space))
        self.blocks = conv_blocks(modality.space.shape[0], options.width, levels)
        last = min(2 ** (levels - 1), MOST) * options.width
        self.head = nn.Linear(2 * last, options.dim)

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """Encode prepared pictures."""
        maps = self.blocks(self.modality.to_sample(tensors["prepared"]))
        pooled = torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], dim=1)
        return Encoding(self.head(pooled), maps=maps)


def conv_blocks(channels: int, width: int, levels: int) -> nn.Sequential:
    """A convolution a level, normalised, and halvings between: (B, C, H, W) to the last maps."""
    blocks: list[nn.Module] = []
    for level in range(levels):
        wide = min(2**level, MOST) * width
        blocks += [nn.MaxPool2d(2, ceil_mode=True)] if level else []
        blocks += [nn.Conv2d(channels, wide, 3, padding=1), nn.GroupNorm(4, wide), nn.SiLU()]
        channels = wide
    return nn.Sequential(*blocks)
