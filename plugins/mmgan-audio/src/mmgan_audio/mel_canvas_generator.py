"""A residual generator of log-mel canvases, for sounds of any length and any number of bands.

    style  = act(Linear(noise ⊕ condition))
    x_0    = basis * gain_f(style) * gain_t(style)
    x_i    = block(upsample(x_i-1), gain_i(style))
    sample = 2 tanh(unfold(conv(x_n)) / 2)

The learned basis has the canvas's aspect. gain_f scales it along frequency (which pitches sound),
gain_t along time (when they sound). The sizes of the levels come from halving the canvas, and maps
are enlarged bilinearly, so every size works. The last level has half the canvas's size and is
unfolded: each place becomes four (Shi et al., CVPR 2016), which costs far less than blocks at full
size. Nothing is normalised, as in R3GAN (Huang et al., NeurIPS 2024).

Shapes: noise (B, Z), condition (B, E) -> (B, 1, bands, frames).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from mmgan_audio.mel_grid import SLOPE, MelBlock, canvas_of, levels, widths
from mmgan_core.blocks.cross_attention import AttendingLevels
from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace
from mmgan_core.foundation.init_weights import init_variance_scaling
from mmgan_core.options import Options


class MelCanvasGeneratorOptions(Options):
    """Options of the generator ``audio/mel-canvas``."""

    width: int = Field(
        16, ge=4, le=512, description="Channels at half size; doubled at each halving."
    )
    max_width: int = Field(128, ge=4, le=1024, description="Most channels of any level.")
    noise_dim: int = Field(64, ge=1, le=1024, description="Size of the noise.")
    style_dim: int = Field(
        96, ge=4, le=1024, description="Size of the style, which scales every level."
    )
    attend: int = Field(
        0,
        ge=0,
        description="Read the condition's tokens at levels up to this short side, such as 16; "
        "0: the vector alone.",
    )
    noise_scale: float = Field(
        1.0,
        gt=0,
        le=2,
        description="What the noise is multiplied by outside training; below 1 samples are "
        "clearer and more alike.",
    )


class MelCanvasGenerator(Generator):
    """Makes log-mel canvases from coarse to fine."""

    Options = MelCanvasGeneratorOptions
    options: MelCanvasGeneratorOptions
    use_options: ClassVar[frozenset[str]] = frozenset({"noise_scale"})

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        small = {"width": 4, "max_width": 8, "noise_dim": 6, "style_dim": 8}
        return (small, {**small, "attend": 8, "noise_scale": 0.5})

    def __init__(
        self, options: MelCanvasGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.grids = levels(*canvas_of(space, "audio/mel-canvas"))[::-1]
        channels = widths(len(self.grids), options.width, options.max_width)[::-1]
        self.noise_dim = options.noise_dim
        self.style = nn.Linear(options.noise_dim + condition.dim, options.style_dim)
        self.basis = nn.Parameter(torch.randn(channels[0], *self.grids[0]))
        self.along = nn.Linear(options.style_dim, channels[0] * sum(self.grids[0]))
        self.gains = nn.ModuleList(nn.Linear(options.style_dim, size) for size in channels)
        self.blocks = nn.ModuleList(
            MelBlock(size, bands) for size, (bands, _) in zip(channels, self.grids, strict=True)
        )
        self.joins = nn.ModuleList(
            init_variance_scaling(nn.Conv2d(above, below, 1, bias=False))
            for above, below in pairwise(channels)
        )
        self.draw = init_variance_scaling(nn.Conv2d(channels[-1], 4, 3, padding=1))
        self.attend = AttendingLevels(self.grids, channels, options.attend, condition)
        if self.attend:
            self.reads = frozenset({"pooled", "tokens"})

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        if not self.training:
            # Kim et al. 2021, "Conditional variational autoencoder with adversarial learning for
            # end-to-end text-to-speech": there 0.667.
            noise = noise * self.options.noise_scale
        vector = torch.cat([noise, condition.pooled.to(noise.dtype)], dim=1)
        style = F.leaky_relu(self.style(vector), SLOPE)  # (B, S)
        x = self._start(style)  # (B, C, bands / 2^n, frames / 2^n)
        for level, (block, gain) in enumerate(zip(self.blocks, self.gains, strict=True)):
            if level:
                x = F.interpolate(self.joins[level - 1](x), self.grids[level], mode="bilinear")
            x = block(x, 1 + torch.tanh(gain(style))[..., None, None])
            x = self.attend(level, x, condition)
        _, bands, frames = self.space.shape
        fine = F.pixel_shuffle(self.draw(F.leaky_relu(x, SLOPE)), 2)[:, :, :bands, :frames]
        # Nearly linear over the range of samples, and bounded, so that a bad step does no harm.
        made = 2 * torch.tanh(fine / 2)
        low, high = self.space.low, self.space.high
        return low + (made + 1) / 2 * (high - low)  # (B, 1, bands, frames)

    def _start(self, style: Tensor) -> Tensor:
        bands, frames = self.grids[0]
        # Bounded, because gains multiply from level to level, and a bad step would diverge.
        along = torch.tanh(self.along(style)).unflatten(1, (-1, bands + frames))
        by_band, by_frame = along.split([bands, frames], dim=2)
        x: Tensor = self.basis * (1 + by_band[..., None]) * (1 + by_frame[..., None, :])
        return x.contiguous(memory_format=torch.channels_last)
