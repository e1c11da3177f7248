"""A spectrogram as maps along time: its bands are channels, and its frames are places.

It has no weights. Networks that follow it, such as `kinds/wave`, see at each time what sounds then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from mmgan_core import BadValue, Options
from mmgan_core.contracts import Encoder, Encoding, Modality


class BandsOptions(Options):
    """`kinds/bands` has no options: bands and frames are those of the modality."""


class BandsEncoder(Encoder):
    """Canvases (B, 1, bands, frames) to maps (B, bands, frames); no vector."""

    Options = BandsOptions
    moves: ClassVar[bool] = True
    any_size: ClassVar[bool] = True

    def __init__(self, options: BandsOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        shape = modality.space.shape
        if len(shape) != 3 or shape[0] != 1:
            raise BadValue(f"samples must be (1, bands, frames), not {shape}: try audio/log-mel")
        self.dim, self.map_channels, self.map_shape = 0, shape[1], shape[2:]

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """Hand the prepared spectrograms on."""
        return self.of_sample(self.modality.to_sample(tensors["prepared"]))

    def of_sample(self, sample: Tensor) -> Encoding:
        """Hand spectrograms on that are samples already."""
        return Encoding(sample.new_zeros(len(sample), 0), maps=sample[:, 0])
