"""A generator of log-mel canvases of any length, for music and sounds that go on.

It is ``audio/mel-canvas`` made convolutional along time:

    style = act(Linear(noise_1 ⊕ condition))
    s(t)  = a stationary sequence of noise_2, see ``noise_sequence``
    x_0   = basis * gain_f(style) * gain_t(s(t), style)
    x_i   = block(upsample(x_i-1), gain_i(style))

The learned basis has one number for each channel and *frequency*; only s(t) varies along time. Maps
begin and end as much beyond the canvas as convolutions reach, and are cut level by level, so that
no place knows where a canvas begins or ends: a longer sample is a shorter one, continued, and has
no seams. It is trained on windows, and makes windows unless it is asked for more: ``sized``.

Shapes: noise (B, Z), condition (B, E) -> (B, 1, bands, frames).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from itertools import pairwise

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from mmgan_audio.mel_grid import SLOPE, MelBlock, canvas_of, levels, widths
from mmgan_audio.noise_sequence import NoiseSequence
from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_core.foundation.init_weights import init_variance_scaling
from mmgan_core.options import Options

# How far a block and the last convolution reach along time, in places of their level.
_BLOCK_REACH, _DRAW_REACH = 3, 1


class MelStreamGeneratorOptions(Options):
    """Options of the generator ``audio/mel-stream``."""

    width: int = Field(
        16, ge=4, le=512, description="Channels at half size; doubled at each halving."
    )
    max_width: int = Field(128, ge=4, le=1024, description="Most channels of any level.")
    noise_dim: int = Field(32, ge=1, le=1024, description="Noise of the sound as a whole.")
    voices: int = Field(8, ge=1, le=256, description="Channels of the noise along time.")
    frequencies: int = Field(
        32, ge=1, le=512, description="Frequencies of each: more go on longer without repetition."
    )
    style_dim: int = Field(
        96, ge=4, le=1024, description="Size of the style, which scales every level."
    )


class MelStreamGenerator(Generator):
    """Makes log-mel canvases of any length from coarse to fine."""

    Options = MelStreamGeneratorOptions
    options: MelStreamGeneratorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        small = {"width": 4, "max_width": 8, "noise_dim": 6, "style_dim": 8}
        return ({**small, "voices": 2, "frequencies": 3}, {**small, "width": 5})

    def __init__(
        self, options: MelStreamGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        bands, _ = canvas_of(space, "audio/mel-stream")
        self.resizable = True
        # Sizes of the levels come from the bands alone, whatever the length.
        self.heights = [height for height, _ in levels(bands, 1)][::-1]
        self.margins = _margins(len(self.heights))
        channels = widths(len(self.heights), options.width, options.max_width)[::-1]
        self.sequence = NoiseSequence(options.voices, options.frequencies)
        self.noise_dim = options.noise_dim + self.sequence.dim
        self.style = nn.Linear(options.noise_dim + condition.dim, options.style_dim)
        self.basis = nn.Parameter(torch.randn(channels[0], self.heights[0], 1))
        self.along_bands = nn.Linear(options.style_dim, channels[0] * self.heights[0])
        self.along_time = nn.Conv1d(options.voices + options.style_dim, channels[0], 1)
        self.gains = nn.ModuleList(nn.Linear(options.style_dim, size) for size in channels)
        self.blocks = nn.ModuleList(
            MelBlock(size, height) for size, height in zip(channels, self.heights, strict=True)
        )
        self.joins = nn.ModuleList(
            init_variance_scaling(nn.Conv2d(above, below, 1, bias=False))
            for above, below in pairwise(channels)
        )
        self.draw = init_variance_scaling(nn.Conv2d(channels[-1], 4, 3, padding=1))

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        whole, along = noise.split([self.options.noise_dim, self.sequence.dim], dim=1)
        vector = torch.cat([whole, condition.pooled.to(noise.dtype)], dim=1)
        style = F.leaky_relu(self.style(vector), SLOPE)  # (B, S)
        _, bands, frames = self.space.shape
        coarse = -(-frames // 2 ** len(self.heights))
        x = self._start(style, along, coarse)  # (B, C, bands / 2^n, frames / 2^n + margins)
        for level, (block, gain) in enumerate(zip(self.blocks, self.gains, strict=True)):
            margin = self.margins[level]
            if level:
                x = self.joins[level - 1](x)
                x = F.interpolate(x, (self.heights[level], 2 * x.shape[3]), mode="bilinear")
                x = _within(x, x.shape[3] - (coarse << level) - 2 * margin)
            x = block(x, 1 + torch.tanh(gain(style))[..., None, None])
            x = _within(x, 2 * _BLOCK_REACH)
        fine = self.draw(F.leaky_relu(x, SLOPE))
        fine = F.pixel_shuffle(_within(fine, 2 * _DRAW_REACH), 2)[:, :, :bands, :frames]
        made = 2 * torch.tanh(fine / 2)
        low, high = self.space.low, self.space.high
        return low + (made + 1) / 2 * (high - low)  # (B, 1, bands, frames)

    def sized(self, shape: tuple[int, ...]) -> MelStreamGenerator:
        """The same network for as many frames as this shape has."""
        space = replace(self.space, shape=shape)
        if len(shape) != 3 or shape[:2] != self.space.shape[:2] or shape[2] < 1:
            raise BadValue(f"it makes canvases {self.space.shape} of any length, not {shape}")
        other = copy(self)
        other.space = space
        return other

    def _start(self, style: Tensor, along: Tensor, coarse: int) -> Tensor:
        margin, height = self.margins[0], self.heights[0]
        voices = self.sequence(along, -margin, coarse + 2 * margin)  # (B, V, T)
        with_style = torch.cat([voices, style[..., None].expand(-1, -1, voices.shape[2])], dim=1)
        # Bounded, because gains multiply from level to level, and a bad step would diverge.
        by_time = torch.tanh(self.along_time(with_style))[:, :, None]  # (B, C, 1, T)
        by_band = torch.tanh(self.along_bands(style)).unflatten(1, (-1, height))[..., None]
        x: Tensor = self.basis * (1 + by_band) * (1 + by_time)
        return x.contiguous(memory_format=torch.channels_last)


def _margins(count: int) -> list[int]:
    """How far the maps of each level lie beyond the canvas at each end, from the coarsest on."""
    margins = [_BLOCK_REACH + _DRAW_REACH]
    while len(margins) < count:
        # A place of a map that is enlarged bilinearly takes part of one neighbour.
        margins.append(-(-margins[-1] // 2) + 1 + _BLOCK_REACH)
    return margins[::-1]


def _within(x: Tensor, less: int) -> Tensor:
    """Maps without so many places along time, half of them at each end."""
    return x[..., less // 2 : x.shape[3] - less // 2]
