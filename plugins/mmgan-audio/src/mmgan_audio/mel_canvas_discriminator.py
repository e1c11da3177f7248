"""A residual discriminator of log-mel canvases: the mirror image of the generator.

Its blocks go from half the canvas to coarse maps, halved by averaging. Beside the sample it gets
the pitch of each place. A depthwise convolution over all of the last maps makes C features f, so
that the time and the frequency of a sound matter. The condition takes part as a projection (Miyato
and Koyama, ICLR 2018):

    logit = head(f) + <embed(condition), f> / sqrt(C)

Nothing is normalised, and it can be differentiated twice. Where the length of a sound is known,
every level is 0 beyond it.

Shapes: (B, 1, bands, frames) -> logits (B,), and a feature map a level.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from mmgan_audio.mel_grid import SLOPE, MelBlock, canvas_of, levels, widths
from mmgan_core.blocks.token_match import MatchedLevel
from mmgan_core.contracts import (
    Condition,
    ConditionSpace,
    Critique,
    Discriminator,
    SampleSpace,
    coarser,
    cut,
)
from mmgan_core.foundation.init_weights import init_variance_scaling
from mmgan_core.options import Options


class MelCanvasDiscriminatorOptions(Options):
    """Options of the discriminator ``audio/mel-canvas``."""

    width: int = Field(
        16, ge=4, le=512, description="Channels at half size; doubled at each halving."
    )
    max_width: int = Field(128, ge=4, le=1024, description="Most channels of any level.")
    attend: int = Field(
        0,
        ge=0,
        description="Read the condition's tokens at levels up to this short side, such as 16; "
        "0: the vector alone.",
    )


class MelCanvasDiscriminator(Discriminator):
    """Discriminates log-mel canvases from fine to coarse."""

    Options = MelCanvasDiscriminatorOptions
    options: MelCanvasDiscriminatorOptions
    ignores_padding: ClassVar[bool] = True
    looks_first = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"width": 4, "max_width": 8}, {"width": 4, "max_width": 8, "attend": 8})

    def __init__(
        self, options: MelCanvasDiscriminatorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        bands, frames = canvas_of(space, "audio/mel-canvas")
        grids = levels(bands, frames)
        channels = widths(len(grids), options.width, options.max_width)
        pitch = torch.linspace(-1, 1, bands)[:, None].expand(1, 1, bands, frames)
        self.register_buffer("pitch", pitch.clone(), persistent=False)
        self.pitch: Tensor
        self.see = init_variance_scaling(nn.Conv2d(2, channels[0], 4, stride=2, padding=1))
        self.blocks = nn.ModuleList(
            MelBlock(size, bands) for size, (bands, _) in zip(channels, grids, strict=True)
        )
        self.joins = nn.ModuleList(
            init_variance_scaling(nn.Conv2d(above, below, 1, bias=False))
            for above, below in pairwise(channels)
        )
        last = channels[-1]
        self.gather = init_variance_scaling(
            nn.Conv2d(last, last, grids[-1], groups=last, bias=False)
        )
        self.head = nn.Linear(last, 1)
        self.embed = nn.Linear(condition.dim, last) if condition.dim else None
        self.matched = MatchedLevel(grids, channels, options.attend, condition)
        if self.matched.match:
            self.reads = frozenset({"pooled", "tokens"})

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        return self.critique_of(self.look_at(sample, condition), condition)

    def look_at(self, sample: Tensor, condition: Condition) -> Sequence[Tensor]:
        """The maps of each level."""
        pitch = self.pitch.to(sample.dtype).expand(len(sample), -1, -1, -1)
        places = condition.places
        with_pitch = cut(torch.cat([sample, pitch], dim=1), places)
        even = F.pad(with_pitch, (0, with_pitch.shape[3] % 2, 0, with_pitch.shape[2] % 2))
        x = self.see(even)  # (B, C, bands / 2, frames / 2)
        places = None if places is None else coarser(places, 2)
        x = cut(x, places)
        features: list[Tensor] = []
        for level, block in enumerate(self.blocks):
            if level:
                x, places = _halved(self.joins[level - 1](x), places)
            x = block(x, None, places)
            features.append(x)
        return features

    def critique_of(self, looked: Sequence[Tensor], condition: Condition) -> Critique:
        f = self.gather(F.leaky_relu(looked[-1], SLOPE)).flatten(1)  # (B, C)
        logits = self.head(f).squeeze(1)  # (B,)
        if self.embed is not None:
            embedded = self.embed(condition.pooled.to(f.dtype))  # (B, C)
            logits = logits + (embedded * f).sum(dim=1) / math.sqrt(f.shape[1])
        places = condition.places
        real: list[Tensor | None] = []
        for _ in looked:
            places = None if places is None else coarser(places, 2)
            real.append(places)
        matched = self.matched(logits, looked, condition, real)
        told = () if places is None else tuple(real)
        return Critique(matched, tuple(looked), feature_places=told)


def _halved(x: Tensor, places: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """The means of two by two places that are real, and which of the new places are."""
    halved = F.avg_pool2d(x, 2, ceil_mode=True)
    if places is None:
        return halved, None
    share = F.avg_pool2d(places.to(x), 2, ceil_mode=True)
    return halved / share.clamp_min(0.25), coarser(places, 2)
