"""Encodes numbers by a small dense network, with sine waves of them as further inputs.

x -> (x, sin(pi 2^k x), cos(pi 2^k x)), k < waves, then two layers. Without the waves, the encodings
of numbers that differ little are nearly equal. Tancik et al. 2020, "Fourier
features let networks learn high frequency functions in low dimensional domains",
https://arxiv.org/abs/2006.10739.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_core.contracts import Encoder, Encoding, Modality
from mmgan_core.options import Options


class DenseEncoderOptions(Options):
    """Options of `core/dense`."""

    dim: int = Field(128, ge=1, description="size of the encoding")
    waves: int = Field(3, ge=0, le=12, description="sine waves of each number, ever shorter")


class DenseEncoder(Encoder):
    """Encodes numbers (B, K) as vectors (B, dim)."""

    Options = DenseEncoderOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"dim": 5}, {"dim": 6, "waves": 0})

    def __init__(self, options: DenseEncoderOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        self.dim, self.waves = options.dim, options.waves
        numbers = math.prod(modality.space.shape) * (1 + 2 * options.waves)
        self.layers = nn.Sequential(
            nn.Linear(numbers, options.dim), nn.SiLU(), nn.Linear(options.dim, options.dim)
        )

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """Encode prepared numbers."""
        return self.of_sample(self.modality.to_sample(tensors["prepared"]))

    def of_sample(self, sample: Tensor) -> Encoding:
        """Encode numbers from -1 to 1."""
        numbers = sample.flatten(1)
        angles = [math.pi * 2**k * numbers for k in range(self.waves)]
        seen = [numbers, *(wave(angle) for angle in angles for wave in (torch.sin, torch.cos))]
        return Encoding(self.layers(torch.cat(seen, dim=1)))
