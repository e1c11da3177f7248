"""A U-Net as discriminator: one logit for the whole picture and one for each pixel.

The encoder ends in the logit of the whole, the decoder in the logits of the pixels; both are
conditioned. Nothing is normalised. Schönfeld et al. 2020, "A U-Net based discriminator for
generative adversarial networks", https://arxiv.org/abs/2002.12655.

Use it where details matter more than the whole; a step costs two or three times one of
`image/dcgan`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_core.contracts import Condition, ConditionSpace, Critique, Discriminator, SampleSpace
from mmgan_image.blocks.conditioning import seen, seen_channels
from mmgan_image.blocks.followed_maps import FollowOptions, followed_parts
from mmgan_image.blocks.head import Head, HeadOptions
from mmgan_image.blocks.levels import level_sizes, resized
from mmgan_image.blocks.unet_encoder import UNetEncoder
from mmgan_image.blocks.widths import WidthOptions
from mmgan_image.init_weights import SLOPE, init_kaiming


class UNetDiscriminatorOptions(WidthOptions, HeadOptions, FollowOptions):
    """Options of the discriminator `image/unet`."""

    levels: int | None = Field(
        None, ge=0, description="number of halvings; default: until a side is 4"
    )


class UNetDiscriminator(Discriminator):
    """Pictures (B, C, H, W) and a condition to logits (B, 2, H, W); features: one tensor a layer.

    The first channel repeats the logit of the whole at each pixel, the second has the logits of the
    pixels: a loss takes the mean over all and so weighs the whole and the pixels alike.
    """

    Options = UNetDiscriminatorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"width": 4},
            {"width": 3, "levels": 1, "conditioning": "concatenation"},
            {"width": 3, "levels": 1, "follow": True},
        )

    def __init__(
        self, options: UNetDiscriminatorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.follow = options.follow
        if self.follow:
            self.reads = followed_parts(condition)
        sizes = level_sizes(space, options.levels)
        widths = options.widths(len(sizes))
        self.look = UNetEncoder(seen_channels(space, condition, follow=self.follow), widths)
        area = sizes[-1][0] * sizes[-1][1]
        self.whole = Head(widths[-1] * area, condition.dim, options.conditioning)
        self.grow = nn.ModuleList(
            init_kaiming(nn.Conv2d(deep + wide, wide, 3, padding=1))
            for wide, deep in reversed(list(itertools.pairwise(widths)))
        )
        # An auxiliary head predicts the condition from the whole only.
        dim = 0 if options.conditioning == "auxiliary" else condition.dim
        self.pixels = Head(widths[0], dim, options.conditioning)

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Discriminate."""
        features = self.look(seen(sample, condition, follow=self.follow))
        *skips, maps = features
        of_whole = self.whole.critique(maps.flatten(1), condition.pooled)
        for grow, skip in zip(self.grow, reversed(skips), strict=True):
            size = (skip.shape[2], skip.shape[3])
            maps = leaky_relu(grow(torch.cat([resized(maps, size), skip], dim=1)), SLOPE)
            features.append(maps)
        of_pixels = self.pixels(maps, condition.pooled)
        of_whole_there = of_whole.logits[:, None, None].expand_as(of_pixels)
        logits = torch.stack([of_whole_there, of_pixels], dim=1)
        return Critique(logits, tuple(features), of_whole.reading)
