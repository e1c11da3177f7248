"""A log-mel canvas as maps along time: its bands are channels, and its frames are places.

It has no weights. It says by which mel its numbers were made, so that a network that follows them,
such as `audio/istft`, works with the same one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from mmgan_audio.mel_settings import MelSettings
from mmgan_core.contracts import Encoder, Encoding, Modality
from mmgan_core.errors import BadValue
from mmgan_core.options import Options


class MelFramesOptions(Options):
    """`audio/mel-frames` has no options: bands and frames are those of the modality."""


class MelFrames(Encoder):
    """Canvases (B, 1, bands, frames) to maps (B, bands, frames); no vector."""

    Options = MelFramesOptions
    moves: ClassVar[bool] = True
    any_size: ClassVar[bool] = True

    def __init__(self, options: MelFramesOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        mel = getattr(modality, "mel", None)
        if not isinstance(mel, MelSettings):
            raise BadValue(
                f"audio/mel-frames needs log-mel canvases (1, bands, frames), not samples of shape "
                f"{modality.space.shape}; choose the modality audio/log-mel"
            )
        self.map_settings = mel.settings
        self.dim = 0
        self.map_channels, self.map_shape = modality.space.shape[1], modality.space.shape[2:]

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """Hand prepared canvases on."""
        return self.of_sample(self.modality.to_sample(tensors["prepared"]))

    def of_sample(self, sample: Tensor) -> Encoding:
        """Hand canvases on that are samples already."""
        return Encoding(sample.new_zeros(sample.shape[0], 0), maps=sample[:, 0])
