"""A residual discriminator of sketches, over points, movements and the pen.

    logit = head(f) + <embed(c), f> / sqrt(F)

f are the features of the last, shortest level and c is the condition: Miyato and Koyama 2018,
"cGANs with projection discriminator", https://arxiv.org/abs/1802.05637. Beside each point the
network gets the way to the next one, so that it notices a jittering pen as well as wrong points.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_core import Options
from mmgan_core.contracts import Condition, ConditionSpace, Critique, Discriminator, SampleSpace
from mmgan_sketch.sequence_block import (
    CHANNELS,
    SequenceBlock,
    halved,
    init_kaiming,
    lengths,
    with_movements,
)


class StrokesDiscriminatorOptions(Options):
    """Options of the discriminator `sketch/strokes`."""

    width: int = Field(32, ge=1, description="channels at full length")
    max_width: int = Field(
        128, ge=1, description="most channels of any level; doubled at each halving"
    )


class StrokesDiscriminator(Discriminator):
    """Sketches (B, 3, T) and a condition to logits (B,); features: one tensor a level."""

    Options = StrokesDiscriminatorOptions
    options: StrokesDiscriminatorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"width": 8}, {"width": 6, "max_width": 9})

    def __init__(
        self, options: StrokesDiscriminatorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        points = lengths(space)
        widths = [min(options.width * 2**k, options.max_width) for k in range(len(points))]
        self.look = init_kaiming(nn.Conv1d(CHANNELS + 2, widths[0], 1))
        # Which part of the drawing a point belongs to.
        self.place = nn.Parameter(0.1 * torch.randn(widths[0], points[0]))
        self.blocks = nn.ModuleList(SequenceBlock(wide) for wide in widths)
        self.widen = nn.ModuleList(
            init_kaiming(nn.Conv1d(one, other, 1, bias=False))
            for one, other in itertools.pairwise(widths)
        )
        last = widths[-1]
        self.gather = init_kaiming(nn.Conv1d(last, last, points[-1], groups=last, bias=False))
        self.head = nn.Linear(last, 1)
        self.embed = nn.Linear(condition.dim, last) if condition.dim else None

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Discriminate."""
        x = self.blocks[0](self.look(with_movements(sample)) + self.place)
        features = [x]
        for block, widen in zip(self.blocks[1:], self.widen, strict=True):
            x = block(halved(widen(x)))
            features.append(x)
        gathered = self.gather(x).squeeze(2)
        logits = self.head(gathered).squeeze(1)
        if self.embed is not None:
            match = (self.embed(condition.pooled) * gathered).sum(1)
            logits = logits + match / math.sqrt(gathered.shape[1])
        return Critique(logits, tuple(features))
