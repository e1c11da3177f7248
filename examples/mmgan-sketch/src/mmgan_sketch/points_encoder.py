"""A small convolutional encoder of sketches; the evaluator of `sketch-digits` uses it.

    x_0 = conv(points, movements, pen),   x_i+1 = halve(widen(block(x_i)))
    pooled = Linear(mean over points ⊕ max over points)

The points are those of Ha and Eck 2017, https://arxiv.org/abs/1704.03477; residual convolutions
read them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from mmgan_core import BadValue, Options
from mmgan_core.contracts import Encoder, Encoding, Modality
from mmgan_sketch.sequence_block import (
    CHANNELS,
    REACH,
    SequenceBlock,
    halved,
    init_kaiming,
    with_movements,
)

_LEVELS = 3


class PointsOptions(Options):
    """Options of `sketch/points`."""

    dim: int = Field(64, ge=1, le=4096, description="size of the encoding")
    width: int = Field(32, ge=4, multiple_of=4, description="channels at full length")


class PointsEncoder(Encoder):
    """Points (B, 3, T) to (B, dim)."""

    Options = PointsOptions
    options: PointsOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"dim": 12, "width": 8},)

    def __init__(self, options: PointsOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        if len(modality.space.shape) != 2 or modality.space.shape[0] != CHANNELS:
            raise BadValue(f"samples must be (3, T), not {modality.space.shape}")
        self.dim = options.dim
        widths = [options.width * 2**level for level in range(_LEVELS)]
        self.look = init_kaiming(nn.Conv1d(CHANNELS + 2, widths[0], REACH, padding=REACH // 2))
        self.blocks = nn.ModuleList(SequenceBlock(wide) for wide in widths)
        self.norms = nn.ModuleList(nn.GroupNorm(4, wide) for wide in widths)
        self.widen = nn.ModuleList(
            init_kaiming(nn.Conv1d(wide, 2 * wide, 1, bias=False)) for wide in widths[:-1]
        )
        self.head = nn.Linear(2 * widths[-1], options.dim)

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """Encode prepared points."""
        x = self.look(with_movements(self.modality.to_sample(tensors["prepared"])))
        for level, (block, norm) in enumerate(zip(self.blocks, self.norms, strict=True)):
            x = functional.silu(norm(block(x)))
            if level < len(self.widen):
                x = halved(self.widen[level](x))
        return Encoding(self.head(torch.cat([x.mean(2), x.amax(2)], dim=1)))
