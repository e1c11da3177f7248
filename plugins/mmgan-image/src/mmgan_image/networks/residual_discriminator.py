"""SNGAN's and BigGAN's discriminator: residual blocks with spectral normalisation.

The head reads the sum over the last maps. Miyato et al. 2018, https://arxiv.org/abs/1802.05957;
Brock et al. 2019 (BigGAN), https://arxiv.org/abs/1809.11096. Leaky ReLUs replace the ReLUs. Without
spectral normalisation the weights start as He et al. 2015 have them, and the head reads the mean,
because a sum grows with the area.

Use it with R1 and R2; with spectral normalisation alone it has to see many more samples.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_core.contracts import Condition, ConditionSpace, Critique, Discriminator, SampleSpace
from mmgan_core.foundation.init_weights import kaiming_gain
from mmgan_image.blocks.attention import Attention, attended_level
from mmgan_image.blocks.conditioning import seen, seen_channels
from mmgan_image.blocks.head import Head, HeadOptions
from mmgan_image.blocks.levels import level_sizes
from mmgan_image.blocks.residual_block import DownBlock, ResidualOptions
from mmgan_image.blocks.spectral import spectral
from mmgan_image.init_weights import SLOPE, init_orthogonal, init_variance_scaling


class ResidualDiscriminatorOptions(ResidualOptions, HeadOptions):
    """Options of the discriminator `image/residual`."""

    spectral: bool = Field(True, description="spectral normalisation of every layer")


class ResidualDiscriminator(Discriminator):
    """Pictures (B, C, H, W) and a condition to logits (B,); features: one tensor a level."""

    Options = ResidualDiscriminatorOptions
    options: ResidualDiscriminatorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"width": 8, "max_width": 12, "attention": 8},
            {"width": 8, "max_width": 8, "spectral": False, "conditioning": "concatenation"},
        )

    def __init__(
        self, options: ResidualDiscriminatorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.looks_first = not options.spectral
        sizes, channels = level_sizes(space), seen_channels(space, condition)
        attended = attended_level(sizes, options.attention)
        self.blocks, self.attend = nn.ModuleList(), nn.ModuleList()
        for number, wide in enumerate(options.widths(len(sizes))):
            self.attend.append(Attention(channels) if number == attended else nn.Identity())
            last = number == len(sizes) - 1
            self.blocks.append(DownBlock(channels, wide, first=not number, halve=not last))
            channels = wide
        self.project = Head(channels, condition.dim, options.conditioning)
        if options.spectral:
            self.apply(init_orthogonal)
            spectral(self)
        else:
            self.blocks.apply(_init_he)

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Discriminate."""
        return self.critique_of(self.look_at(sample, condition), condition)

    def look_at(self, sample: Tensor, condition: Condition) -> Sequence[Tensor]:
        """The maps after each block."""
        features, maps = [], seen(sample, condition)
        for block, attend in zip(self.blocks, self.attend, strict=True):
            maps = block(attend(maps))
            features.append(maps)
        return features

    def critique_of(self, looked: Sequence[Tensor], condition: Condition) -> Critique:
        maps = leaky_relu(looked[-1], SLOPE)
        gathered = maps.sum((2, 3)) if self.options.spectral else maps.mean((2, 3))
        return self.project.critique(gathered, condition.pooled, looked)


def _init_he(layer: nn.Module) -> None:
    # He et al. 2015; both ways through a block are added, so each brings half of the power.
    if isinstance(layer, DownBlock):
        for conv, slope, share in (
            (layer.look, 1.0 if layer.first else SLOPE, 1.0),
            (layer.refine, SLOPE, 0.5),
            (layer.skip, 1.0, 0.5),
        ):
            init_variance_scaling(conv, kaiming_gain(slope))
            conv.weight.data.mul_(math.sqrt(share))
