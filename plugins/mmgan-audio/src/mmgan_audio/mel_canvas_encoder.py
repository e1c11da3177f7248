"""A convolutional encoder of log-mel canvases, made ones included.

Each level has a 3 x 3 convolution, group normalisation over all channels and GELU, and halves the
canvas of the level before. Beside the sample it gets the pitch of each place, because a canvas
differs from bottom to top. A dense layer reads the mean and the maximum over time of each channel
and each frequency of the last maps, so pitch matters, and when a sound begins does not.

Use it where an encoder has to encode samples: to align made sounds with what they were made from,
to give one generator what another makes, or to infer noise. For given sounds take `audio/mel-conv`,
which cuts off silence, levels loudness and varies sounds in training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_audio.mel_grid import canvas_of, levels, widths
from mmgan_core.contracts import Encoder, Encoding, Modality
from mmgan_core.options import Options


class MelCanvasEncoderOptions(Options):
    """Options of the encoder ``audio/mel-canvas``."""

    dim: int = Field(128, ge=1, le=4096, description="Size of the encoding.")
    width: int = Field(
        16, ge=4, le=512, description="Channels at half size; doubled at each halving."
    )
    max_width: int = Field(64, ge=4, le=1024, description="Most channels of any level.")


class MelCanvasEncoder(Encoder):
    """Log-mel canvases (B, 1, bands, frames) from -1 to 1 to (B, dim)."""

    Options = MelCanvasEncoderOptions
    options: MelCanvasEncoderOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"dim": 5, "width": 4, "max_width": 8},)

    def __init__(self, options: MelCanvasEncoderOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        bands, frames = canvas_of(modality.space, "audio/mel-canvas")
        grids = levels(bands, frames)
        channels = widths(len(grids), options.width, options.max_width)
        pitch = torch.linspace(-1, 1, bands)[:, None].expand(1, 1, bands, frames)
        self.register_buffer("pitch", pitch.clone(), persistent=False)
        self.pitch: Tensor
        self.see = nn.Sequential(
            *(_step(before, after) for before, after in pairwise((2, *channels)))
        )
        self.dim = options.dim
        self.map_channels, self.map_shape = channels[-1], grids[-1]
        self.head = nn.Linear(2 * channels[-1] * grids[-1][0], options.dim)

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """Encode prepared sounds."""
        return self.of_sample(self.modality.to_sample(tensors["prepared"]))

    def of_sample(self, sample: Tensor) -> Encoding:
        """Encode canvases from -1 to 1."""
        pitch = self.pitch.to(sample.dtype).expand(sample.shape[0], -1, -1, -1)
        maps = self.see(torch.cat([sample, pitch], dim=1))  # (B, C, bands', frames')
        over_time = torch.cat([maps.mean(3), maps.amax(3)], dim=1).flatten(1)
        return Encoding(self.head(over_time), maps=maps)


def _step(before: int, after: int) -> nn.Sequential:
    """A convolution that halves both sides, rounded up."""
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False),
        nn.GroupNorm(1, after),
        nn.GELU(),
    )
