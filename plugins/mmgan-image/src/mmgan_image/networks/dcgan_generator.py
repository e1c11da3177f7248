"""DCGAN's generator: upsampling convolutions with batch normalisation and ReLU, tanh at the end.

Radford et al. 2015, "Unsupervised representation learning with deep convolutional generative
adversarial networks", https://arxiv.org/abs/1511.06434. The first maps have a short side of about
4, so that every size of picture works. Batch normalisation mixes the rows of a batch in training.
Transposed convolutions can leave a grid in the pictures; with `upsample: nearest`, convolutions of
enlarged maps take their place: Odena et al. 2016, "Deconvolution and checkerboard artifacts",
https://doi.org/10.23915/distill.00003.

Start with this one: up to 64 x 64 it learns sooner than all other generators here.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_core.blocks.cross_attention import AttendingLevels
from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace
from mmgan_image.blocks.attend_option import AttendOptions
from mmgan_image.blocks.conditioning import noise_and_condition
from mmgan_image.blocks.levels import level_sizes
from mmgan_image.init_weights import init_dcgan


class DCGANGeneratorOptions(AttendOptions):
    """Options of the generator `image/dcgan`."""

    noise_dim: int = Field(100, ge=1, description="size of the noise")
    width: int = Field(32, ge=1, description="channels at full size; doubled at each halving")
    max_width: int = Field(256, ge=1, description="most channels of any level")
    upsample: Literal["transposed", "nearest"] = Field(
        "transposed",
        description="transposed convolutions, or convolutions of enlarged maps: no grid",
    )


class DCGANGenerator(Generator):
    """Noise (B, Z) and condition (B, dim) to pictures (B, C, H, W) from -1 to 1."""

    Options = DCGANGeneratorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        small = {"width": 4, "noise_dim": 8}
        return (small, {**small, "attend": 4}, {**small, "upsample": "nearest"})

    def __init__(
        self, options: DCGANGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.noise_dim = options.noise_dim
        sizes = level_sizes(space)[::-1]
        widths = [min(options.width * 2**k, options.max_width) for k in range(len(sizes))][::-1]
        self.start = (widths[0], *sizes[0])
        area = sizes[0][0] * sizes[0][1]
        self.seed = nn.Linear(options.noise_dim + condition.dim, widths[0] * area)
        layers: list[nn.Module] = [nn.BatchNorm2d(widths[0]), nn.ReLU()]
        for (one, wide), size in zip(itertools.pairwise(widths), sizes[1:], strict=True):
            layers += [
                _larger(options.upsample, one, wide),
                _Cut(size),
                nn.BatchNorm2d(wide),
                nn.ReLU(),
            ]
        self.grow = nn.Sequential(*layers)
        self.paint = nn.Conv2d(widths[-1], space.shape[0], 3, padding=1)
        self.apply(init_dcgan)
        self.attend = AttendingLevels(sizes, widths, options.attend, condition)
        if self.attend:
            self.reads = frozenset({"pooled", "tokens"})

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make pictures, bounded by tanh."""
        seed = self.seed(noise_and_condition(noise, condition.pooled))
        maps, level = seed.unflatten(1, self.start), 0
        for layer in self.grow:
            maps = layer(maps)
            if isinstance(layer, nn.ReLU):
                maps = self.attend(level, maps, condition)
                level += 1
        return torch.tanh(self.paint(maps))


def _larger(upsample: str, one: int, wide: int) -> nn.Module:
    """Maps of twice the height and width."""
    if upsample == "transposed":
        return nn.ConvTranspose2d(one, wide, 4, stride=2, padding=1, bias=False)
    return nn.Sequential(
        nn.Upsample(scale_factor=2), nn.Conv2d(one, wide, 3, padding=1, bias=False)
    )


class _Cut(nn.Module):
    """Cuts maps to a size: twice a half that was rounded up is one place too many."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self.height, self.width = size

    def forward(self, maps: Tensor) -> Tensor:
        return maps[:, :, : self.height, : self.width]
