"""A vocoder: a waveform that follows a spectrogram along its time.

The bands of the given spectrogram are channels. Each level makes the sequence longer by a
transposed convolution, and residual convolutions with growing dilation follow. Noise enters as
more channels, the same at all times. Sounds are as long as the given spectrogram. Kumar et al.
2019, "MelGAN: generative adversarial networks for conditional waveform synthesis",
https://arxiv.org/abs/1910.06711.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field, PositiveInt
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_core import BadValue, Options
from mmgan_core.contracts import Condition, ConditionPart, ConditionSpace, Generator, SampleSpace

_SLOPE = 0.2
_DILATIONS = (1, 3)


class WaveGeneratorOptions(Options):
    """Options of the generator `kinds/wave`."""

    noise_dim: int = Field(8, ge=1, description="size of the noise")
    width: int = Field(64, ge=4, description="channels at the frames; halved at each level")
    strides: tuple[PositiveInt, ...] = Field(
        (8, 8), min_length=1, description="how much longer each level makes it; together the hop"
    )


class WaveGenerator(Generator):
    """Noise (B, Z) and maps (B, C, bands, frames) to waveforms (B, 1, T), T = frames * strides."""

    Options = WaveGeneratorOptions
    options: WaveGeneratorOptions
    reads: frozenset[ConditionPart] = frozenset({"maps"})

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"width": 4, "noise_dim": 3, "strides": (2,)},)

    def __init__(
        self, options: WaveGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        hop = math.prod(options.strides)
        if len(space.shape) != 2 or space.shape[0] != 1:
            raise BadValue(f"samples must be (1, T), not {space.shape}: modality audio/audio")
        # Without maps, as when components are tried, there is silence to follow.
        self.frames = condition.map_shape[-1] if condition.map_shape else -(-space.shape[1] // hop)
        if condition.map_shape and self.frames * hop != space.shape[1]:
            raise BadValue(
                f"{self.frames} frames times strides {options.strides} are {self.frames * hop} "
                f"samples, not {space.shape[1]}: give maps of a hop of {hop}"
            )
        self.any_size = bool(condition.map_shape)
        self.noise_dim = options.noise_dim
        bands = condition.map_channels * math.prod(condition.map_shape[:-1])
        self.look = nn.Conv1d(bands + options.noise_dim, options.width, 7, padding=3)
        widths = [max(4, options.width // 2**level) for level in range(len(options.strides) + 1)]
        self.levels = nn.ModuleList(
            _Level(before, after, stride)
            for (before, after), stride in zip(
                itertools.pairwise(widths), options.strides, strict=True
            )
        )
        self.last = nn.Conv1d(widths[-1], 1, 7, padding=3)

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make waveforms."""
        frames = self.frames if condition.maps is None else condition.maps.shape[-1]
        x = noise[:, :, None].expand(-1, -1, frames)
        if condition.maps is not None:
            x = torch.cat([condition.maps.flatten(1, -2).to(noise.dtype), x], dim=1)
        x = self.look(x)
        for level in self.levels:
            x = level(x)
        x = torch.tanh(self.last(leaky_relu(x, _SLOPE)))
        return x if condition.maps is not None else x[..., : self.space.shape[1]]


class _Level(nn.Module):
    """(B, C, T) to (B, C', stride * T)."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        # Kernels of twice the stride overlap evenly; one stride too much is cut off at both ends.
        self.up = nn.ConvTranspose1d(before, after, 2 * stride, stride)
        self.residual = nn.ModuleList(
            nn.Conv1d(after, after, 3, padding=step, dilation=step) for step in _DILATIONS
        )

    def forward(self, x: Tensor) -> Tensor:
        length, cut = x.shape[2] * self.stride, self.stride // 2
        x = self.up(leaky_relu(x, _SLOPE))[..., cut : cut + length]
        for layer in self.residual:
            x = x + layer(leaky_relu(x, _SLOPE))
        return x
