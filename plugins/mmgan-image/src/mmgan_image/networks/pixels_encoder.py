"""The given picture itself, as maps: what is to be coloured, sharpened or drawn out.

It has no weights. The maps are the picture's channels from -1 to 1, at the size of the entry's
modality; networks that follow maps resize them to their own levels.

Use it for pictures made from pictures, with networks of `follow: true`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from mmgan_core import BadValue, Options
from mmgan_core.contracts import Encoder, Encoding, Modality


class PixelsEncoderOptions(Options):
    """`image/pixels` has no options: size and channels are those of the modality."""


class PixelsEncoder(Encoder):
    """Pictures (B, C, H, W) to themselves, as maps; no vector."""

    Options = PixelsEncoderOptions
    moves: ClassVar[bool] = True
    any_size: ClassVar[bool] = True

    def __init__(self, options: PixelsEncoderOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        shape = modality.space.shape
        if len(shape) != 3:
            raise BadValue(f"samples must be (C, H, W), not {shape}")
        self.dim, self.map_channels, self.map_shape = 0, shape[0], shape[1:]

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """Hand the prepared pictures on."""
        return self.of_sample(self.modality.to_sample(tensors["prepared"]))

    def of_sample(self, sample: Tensor) -> Encoding:
        """Hand pictures on that are samples already."""
        return Encoding(sample.new_zeros(sample.shape[0], 0), maps=sample)
