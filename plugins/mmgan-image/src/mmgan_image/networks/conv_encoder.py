"""A small convolutional encoder of pictures.

Each level has a 3x3 convolution, group normalisation and SiLU, with max pooling between two levels;
a dense layer reads the mean and the maximum of each channel of the last maps. With `tokens`, each
place of the last maps is a token too, for what is made place after place, such as a caption.

Use it for labels of pictures and for evaluators; for natural pictures take `image/timm`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_core import Options
from mmgan_core.contracts import Encoder, Encoding, Modality
from mmgan_image.blocks.conv_blocks import MOST, conv_blocks
from mmgan_image.blocks.levels import level_sizes


class ConvEncoderOptions(Options):
    """Options of `image/conv`."""

    dim: int = Field(128, ge=1, description="size of the encoding")
    width: int = Field(32, ge=4, multiple_of=4, description="channels after the first block")
    tokens: bool = Field(False, description="make a token of each place of the last maps too")


class ConvEncoder(Encoder):
    """Pictures (B, C, H, W) of any size from 1 x 1 to (B, dim)."""

    Options = ConvEncoderOptions
    options: ConvEncoderOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"dim": 12, "width": 8}, {"dim": 8, "width": 4, "tokens": True})

    def __init__(self, options: ConvEncoderOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        self.dim = options.dim
        sizes = level_sizes(modality.space)
        self.blocks = conv_blocks(modality.space.shape[0], options.width, len(sizes))
        last = min(2 ** (len(sizes) - 1), MOST) * options.width
        self.map_channels, self.map_shape = last, sizes[-1]
        self.head = nn.Linear(2 * last, options.dim)
        if options.tokens:
            self.token_dim = options.dim
            self.token = nn.Linear(last, options.dim)
            self.place = nn.Parameter(0.1 * torch.randn(math.prod(sizes[-1]), options.dim))

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """Encode prepared pictures."""
        return self.of_sample(self.modality.to_sample(tensors["prepared"]))

    def of_sample(self, sample: Tensor) -> Encoding:
        """Encode pictures from -1 to 1."""
        maps = self.blocks(sample)
        pooled = torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], dim=1)
        tokens = None
        if self.options.tokens:
            tokens = self.token(maps.flatten(2).transpose(1, 2)) + self.place  # (B, H W, dim)
        return Encoding(self.head(pooled), tokens, maps=maps)
