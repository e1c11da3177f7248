"""A vocoder that works on the waveform: transposed convolutions, and blocks of many fields.

Each level makes the sequence longer by a transposed convolution. The mean of several residual
blocks follows, whose kernels and dilations differ, so that patterns of many lengths are seen at
once. It costs far more than `audio/istft`, whose work is at the rate of frames, and needs no
transform. Kong, Kim, Bae 2020, "HiFi-GAN: generative adversarial networks for efficient and high
fidelity speech synthesis", https://arxiv.org/abs/2010.05646.

Shapes: maps (B, C, frames) with the bands of a mel among the channels -> (B, 1, frames * hop).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_audio.istft_generator import followed_mel, mel_examples
from mmgan_core.contracts import Condition, ConditionPart, ConditionSpace, Generator, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_core.options import Options

_SLOPE = 0.1
_NARROWEST = 4

Small = Annotated[int, Field(ge=1, le=4096)]


class HifiGeneratorOptions(Options):
    """Options of the generator `audio/hifi`."""

    width: int = Field(96, ge=4, le=2048, description="Channels at the frames; halved by a level.")
    strides: tuple[Small, ...] = Field(
        (),
        max_length=16,
        description="How much longer each level makes it; if unset the hop, by factors up to 8.",
    )
    kernels: tuple[Small, ...] = Field(
        (3, 7), min_length=1, max_length=8, description="The kernel of each residual block, odd."
    )
    dilations: tuple[Small, ...] = Field(
        (1, 3), min_length=1, max_length=8, description="Of the convolutions in each block."
    )
    noise_dim: int = Field(0, ge=0, le=1024, description="Size of the noise; 0: none is needed.")


class HifiGenerator(Generator):
    """Makes waveforms as long as the mel that they follow."""

    Options = HifiGeneratorOptions
    options: HifiGeneratorOptions
    reads: frozenset[ConditionPart] = frozenset({"maps"})
    any_size: bool = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"width": 8, "kernels": (3,)}, {"width": 6, "dilations": (2,), "noise_dim": 3})

    @classmethod
    def example_conditions(cls, space: SampleSpace) -> Sequence[ConditionSpace]:
        return mel_examples(space)

    def __init__(
        self, options: HifiGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.first, self.mel = followed_mel(space, condition, "audio/hifi")
        if any(kernel % 2 == 0 for kernel in options.kernels):
            raise BadValue(f"kernels {options.kernels} must be odd")
        hop = self.mel.scale.hop
        strides = options.strides or factors(hop)
        if math.prod(strides) != hop:
            raise BadValue(
                f"strides {strides} make {math.prod(strides)} samples of a frame, and the hop of "
                f"the mel is {hop}: try {factors(hop)}, or leave strides out"
            )
        self.noise_dim = options.noise_dim
        seen = self.mel.scale.bands + options.noise_dim
        widths = [max(_NARROWEST, options.width // 2**level) for level in range(len(strides) + 1)]
        self.look = nn.Conv1d(seen, options.width, 7, padding=3)
        self.levels = nn.ModuleList(
            _Level(before, after, stride, options)
            for (before, after), stride in zip(pairwise(widths), strides, strict=True)
        )
        self.last = nn.Conv1d(widths[-1], 1, 7, padding=3)

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make waveforms; nothing is drawn."""
        assert condition.maps is not None
        x = condition.maps[:, self.first : self.first + self.mel.scale.bands]
        if self.noise_dim:
            noise = noise[:, :, None].expand(-1, -1, x.shape[-1])
            x = torch.cat([x, noise.to(x)], dim=1)
        x = self.look(x)
        for level in self.levels:
            x = level(x)
        return torch.tanh(self.last(leaky_relu(x, _SLOPE)))


class _Level(nn.Module):
    """(B, C, T) to (B, C', stride * T)."""

    def __init__(self, before: int, after: int, stride: int, options: HifiGeneratorOptions) -> None:
        super().__init__()
        self.stride = stride
        # Kernels of twice the stride overlap evenly; one stride too much is cut off at both ends.
        self.up = nn.ConvTranspose1d(before, after, 2 * stride, stride)
        self.blocks = nn.ModuleList(
            _Block(after, kernel, options.dilations) for kernel in options.kernels
        )

    def forward(self, x: Tensor) -> Tensor:
        length, cut = x.shape[2] * self.stride, self.stride // 2
        x = self.up(leaky_relu(x, _SLOPE))[..., cut : cut + length]
        return torch.stack([block(x) for block in self.blocks]).mean(0)


class _Block(nn.Module):
    """Residual convolutions of one kernel and growing dilation."""

    def __init__(self, channels: int, kernel: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel, padding=kernel // 2 * step, dilation=step)
            for step in dilations
        )

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = x + layer(leaky_relu(x, _SLOPE))
        return x


def factors(hop: int) -> tuple[int, ...]:
    """A hop as factors, each up to 8 where it has such, the largest first."""
    found, left = [], hop
    while left > 8:
        factor = next((by for by in range(8, 1, -1) if left % by == 0), left)
        found.append(factor)
        left //= factor
    if left > 1 or not found:
        found.append(left)
    return tuple(sorted(found, reverse=True))
