"""Samples as they are, in one vector: features of any kind of data, without weights.

It is meant for metrics that compare samples without any network, where nothing better is known of a
kind of data. The vector of a large sample is long.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from torch import Tensor

from mmgan_core.contracts import Encoder, Encoding, Modality
from mmgan_core.options import Options


class FlatEncoderOptions(Options):
    """`core/flat` has no options."""


class FlatEncoder(Encoder):
    """Samples (B, *shape) to (B, product of the shape)."""

    Options = FlatEncoderOptions

    def __init__(self, options: FlatEncoderOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        self.dim = math.prod(modality.space.shape)

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        return self.of_sample(self.modality.to_sample(tensors["prepared"]))

    def of_sample(self, sample: Tensor) -> Encoding:
        return Encoding(sample.flatten(1).float())
