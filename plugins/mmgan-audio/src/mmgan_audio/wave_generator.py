"""A generator of waveforms of any length, after WaveGAN.

    x_0    = act(Linear(noise ⊕ condition)), at most 16 places
    x_i    = act(conv_transpose(x_i-1 * gain_i(noise ⊕ condition)))
    sample = tanh(conv_transpose(x_n))

Each transposed convolution makes four places of one, with kernels of 24, a multiple of four, so
that all places get equally many terms and no tone of the stride is built in (Odena et al. 2016,
"Deconvolution and checkerboard artifacts"; WaveGAN has 25). The lengths of the levels come from
dividing the waveform's, rounded up, and the rest is cut off, so every length works. Donahue,
McAuley, Puckette 2019, "Adversarial audio synthesis", https://arxiv.org/abs/1802.04208, there
without a condition.

Shapes: noise (B, Z), condition (B, E) and tokens -> (B, 1, T).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_audio.wave_levels import KERNEL, STEP, wave_length, wave_levels
from mmgan_core.blocks.cross_attention import AttendingLevels
from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace
from mmgan_core.options import Options


class WaveGeneratorOptions(Options):
    """Options of the generator ``audio/wave``."""

    width: int = Field(
        16, ge=2, le=512, description="Channels at a quarter of the rate; doubled at each quarter."
    )
    max_width: int = Field(256, ge=2, le=4096, description="Most channels of any level.")
    noise_dim: int = Field(64, ge=1, le=1024, description="Size of the noise.")
    attend: int = Field(
        0,
        ge=0,
        description="Read the condition's tokens at levels of up to this many places, such as 64; "
        "0: the vector alone.",
    )


class WaveGenerator(Generator):
    """Makes waveforms from coarse to fine."""

    Options = WaveGeneratorOptions
    options: WaveGeneratorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        small = {"width": 4, "max_width": 8, "noise_dim": 6}
        return (small, {**small, "attend": 16})

    def __init__(
        self, options: WaveGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.length = wave_length(space, "audio/wave")
        self.sizes = wave_levels(self.length)[::-1]
        most = max(options.width, options.max_width)
        channels = [min(options.width * 2**n, most) for n in range(len(self.sizes))][::-1]
        self.noise_dim = options.noise_dim
        vector = options.noise_dim + condition.dim
        self.start = nn.Linear(vector, channels[0] * self.sizes[0])
        self.gains = nn.ModuleList(nn.Linear(vector, size) for size in channels)
        ends = [*channels[1:], 1]
        self.ups = nn.ModuleList(_up(own, end) for own, end in zip(channels, ends, strict=True))
        self.attend = AttendingLevels(
            [(size,) for size in self.sizes], channels, options.attend, condition
        )
        if self.attend:
            self.reads = frozenset({"pooled", "tokens"})

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        vector = torch.cat([noise, condition.pooled.to(noise.dtype)], dim=1)
        x = self.start(vector).unflatten(1, (-1, self.sizes[0]))  # (B, C, T / 4^n)
        for level, (up, gain) in enumerate(zip(self.ups, self.gains, strict=True)):
            x = self.attend(level, torch.relu(x), condition)
            x = up(x * (1 + torch.tanh(gain(vector))[..., None]))
            x = x[..., : [*self.sizes, self.length][level + 1]]
        low, high = self.space.low, self.space.high
        return low + (torch.tanh(x) + 1) / 2 * (high - low)  # (B, 1, T)


def _up(inward: int, outward: int) -> nn.ConvTranspose1d:
    """Four places of each; outputs of deviation 1, or quiet ones, where tanh is nearly linear."""
    layer = nn.ConvTranspose1d(inward, outward, KERNEL, stride=STEP, padding=(KERNEL - STEP) // 2)
    # A place gets KERNEL / STEP terms of each channel, and half of what is rectified is lost.
    deviation = math.sqrt(2 * STEP / (inward * KERNEL))
    nn.init.normal_(layer.weight, std=deviation * (0.2 if outward == 1 else 1.0))
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return layer
