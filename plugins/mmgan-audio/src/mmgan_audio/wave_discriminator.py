"""A discriminator of waveforms of any length, after WaveGAN.

    x_i   = shuffle(act(conv(x_i-1))), a quarter of the places
    logit = head(f) + <embed(condition), f> / sqrt(C)

Between its levels the phases of the features are shuffled (`PhaseShuffle`), in training only:
without it the discriminator finds made sounds by the pattern of their transposed convolutions. A
depthwise convolution over all places of the last level makes C features f. Donahue, McAuley,
Puckette 2019, "Adversarial audio synthesis", https://arxiv.org/abs/1802.04208, there without a
condition; projection as in Miyato and Koyama, ICLR 2018.

Nothing is normalised, and it can be differentiated twice. Padding is part of a sample.

Shapes: (B, 1, T) -> logits (B,), and a feature map a level.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from mmgan_audio.wave_levels import KERNEL, STEP, PhaseShuffle, wave_length, wave_levels
from mmgan_core.blocks.token_match import MatchedLevel
from mmgan_core.contracts import Condition, ConditionSpace, Critique, Discriminator, SampleSpace
from mmgan_core.foundation.init_weights import init_variance_scaling, kaiming_gain
from mmgan_core.options import Options

_SLOPE = 0.2


class WaveDiscriminatorOptions(Options):
    """Options of the discriminator ``audio/wave``."""

    width: int = Field(
        16, ge=2, le=512, description="Channels at a quarter of the rate; doubled at each quarter."
    )
    max_width: int = Field(256, ge=2, le=4096, description="Most channels of any level.")
    phase_shuffle: int = Field(
        2, ge=0, le=16, description="Most places by which features are shifted; 0: none."
    )
    attend: int = Field(
        0,
        ge=0,
        description="Read the condition's tokens at a level of up to this many places, such as 64; "
        "0: the vector alone.",
    )


class WaveDiscriminator(Discriminator):
    """Discriminates waveforms from fine to coarse."""

    Options = WaveDiscriminatorOptions
    options: WaveDiscriminatorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        small = {"width": 4, "max_width": 8}
        return (small, {**small, "attend": 16, "phase_shuffle": 0})

    def __init__(
        self, options: WaveDiscriminatorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        sizes = wave_levels(wave_length(space, "audio/wave"))
        most = max(options.width, options.max_width)
        channels = [min(options.width * 2**n, most) for n in range(len(sizes))]
        self.downs = nn.ModuleList(
            init_variance_scaling(
                nn.Conv1d(own, end, KERNEL, stride=STEP, padding=(KERNEL - STEP) // 2),
                kaiming_gain(_SLOPE),
            )
            for own, end in pairwise([1, *channels])
        )
        self.shuffle = PhaseShuffle(options.phase_shuffle)
        last = channels[-1]
        self.gather = init_variance_scaling(
            nn.Conv1d(last, last, sizes[-1], groups=last, bias=False)
        )
        self.head = nn.Linear(last, 1)
        self.embed = nn.Linear(condition.dim, last) if condition.dim else None
        self.matched = MatchedLevel(
            [(size,) for size in sizes], channels, options.attend, condition
        )
        if self.matched.match:
            self.reads = frozenset({"pooled", "tokens"})

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        x, features = sample, []
        for level, down in enumerate(self.downs):
            x = down(F.pad(self.shuffle(x) if level else x, (0, -x.shape[2] % STEP)))
            x = F.leaky_relu(x, _SLOPE)  # (B, C, T / 4^n)
            features.append(x)
        f = self.gather(x).flatten(1)  # (B, C)
        logits = self.head(f).squeeze(1)  # (B,)
        if self.embed is not None:
            embedded = self.embed(condition.pooled.to(f.dtype))  # (B, C)
            logits = logits + (embedded * f).sum(dim=1) / math.sqrt(f.shape[1])
        return Critique(self.matched(logits, features, condition), tuple(features))
