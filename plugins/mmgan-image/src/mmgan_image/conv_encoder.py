"""A small convolutional encoder: strided blocks, then the mean and the peak of each feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_core import Options
from mmgan_core.contracts import Encoder, Encoding, Modality


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
        channels, height, width = modality.space.shape
        blocks: list[nn.Module] = []
        size, wide = min(height, width), options.width
        while True:
            blocks += [nn.Conv2d(channels, wide, 3, padding=1), nn.GroupNorm(4, wide), nn.SiLU()]
            channels = wide
            if size <= 4:
                break
            blocks.append(nn.MaxPool2d(2, ceil_mode=True))
            size, wide = -(-size // 2), min(wide * 2, options.width * 8)
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(2 * channels, options.dim)

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """Encode prepared pictures."""
        maps = self.blocks(self.modality.to_sample(tensors["prepared"]))
        pooled = torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], dim=1)
        return Encoding(self.head(pooled), maps=maps)
