"""A small convolutional encoder of words and short sounds.

    frames = conv(mel),   pooled = Linear(attention(frames) ⊕ max(frames))

What it hears, and how sounds are varied in training: see ``heard_mel``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_audio.heard_mel import HeardMelEncoder, HeardMelOptions
from mmgan_core.contracts import Encoding, Modality


class MelConvOptions(HeardMelOptions):
    """Options of ``audio/mel-conv``."""

    dim: int = Field(128, ge=1, le=4096, description="Size of the encoding.")
    width: int = Field(48, ge=8, le=512, description="Channels of the last convolutions.")


class MelConvEncoder(HeardMelEncoder):
    """Log-mel spectrograms (B, bands, frames) to (B, dim)."""

    Options = MelConvOptions
    options: MelConvOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"dim": 8, "width": 12}, {"dim": 5, "width": 8, "bands": 24, "warp": 0.0})

    def __init__(self, options: MelConvOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        self.dim = self.token_dim = options.dim
        narrow, wide = max(4, options.width // 3), options.width
        self.see = nn.Sequential(
            _step(1, narrow, stride=(2, 2)),
            _step(narrow, wide, stride=(2, 2)),
            _step(wide, wide, stride=(2, 2)),
            _step(wide, wide, stride=(2, 1)),
        )
        heights = -(-options.bands // 16)
        self.frame = nn.Sequential(nn.Linear(wide * heights, options.dim), nn.GELU())
        # No bias, because a softmax does not depend on it.
        self.attend = nn.Linear(options.dim, 1, bias=False)
        self.pool = nn.Linear(2 * options.dim, options.dim)

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        mel, sounding = self.heard(tensors)
        frames = self.see(mel[:, None]).flatten(1, 2).transpose(1, 2)  # (B, T, C * heights)
        frames = self.frame(frames)  # (B, T, E)
        share = self.attend(frames).softmax(dim=1)  # (B, T, 1)
        both = torch.cat([(share * frames).sum(dim=1), frames.amax(dim=1)], dim=1)
        # Each token stands for as many frames of the spectrogram as the steps have halved.
        wide = -(-mel.shape[2] // frames.shape[1])
        at = torch.arange(frames.shape[1], device=frames.device) * wide
        padding_mask = at < sounding[:, None]
        return Encoding(self.pool(both), frames, padding_mask)  # (B, E), (B, T, E)


def _step(inward: int, outward: int, *, stride: tuple[int, int]) -> nn.Sequential:
    """A convolution that halves frequency, and time if the stride says so."""
    return nn.Sequential(
        nn.Conv2d(inward, outward, 3, stride=stride, padding=1, bias=False),
        nn.GroupNorm(1, outward),
        nn.GELU(),
    )
