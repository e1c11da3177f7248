"""PatchGAN's discriminator: one logit for each patch of a picture.

N strided 4x4 convolutions, one without stride, and a head at each place of the last maps; a patch
is 6 * 2^N - 2 pixels wide. Isola et al. 2017, "Image-to-image translation with conditional
adversarial networks", https://arxiv.org/abs/1611.07004.

Use it for texture, where something else decides the whole picture: in repair, or for pictures made
from pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import Field
from torch import Tensor, nn

from mmgan_core import BadValue
from mmgan_core.blocks import batch_norm
from mmgan_core.contracts import (
    Condition,
    ConditionSpace,
    Critique,
    Discriminator,
    SampleSpace,
    coarser,
    cut,
)
from mmgan_image.blocks.conditioning import seen, seen_channels
from mmgan_image.blocks.followed_maps import FollowOptions, followed_parts
from mmgan_image.blocks.head import Head, HeadOptions
from mmgan_image.blocks.widths import WidthOptions
from mmgan_image.init_weights import SLOPE, init_dcgan, init_kaiming


class PatchDiscriminatorOptions(WidthOptions, HeadOptions, FollowOptions):
    """Options of the discriminator `image/patch`."""

    width: int = Field(32, ge=1, description="channels at half size; doubled at each halving")
    layers: int = Field(
        2, ge=0, le=8, description="halvings: patches are 10, 22, 46, ... pixels wide"
    )
    normalise: bool = Field(
        False, description="batch normalisation; not allowed with exact penalties"
    )


class PatchDiscriminator(Discriminator):
    """Pictures (B, C, H, W) and a condition to logits (B, h, w); features: one a convolution."""

    Options = PatchDiscriminatorOptions
    ignores_padding: ClassVar[bool] = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"width": 4, "layers": 1},
            {"width": 3, "layers": 2, "conditioning": "concatenation"},
            {"width": 3, "layers": 1, "follow": True},
        )

    def __init__(
        self, options: PatchDiscriminatorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.follow = options.follow
        if self.follow:
            self.reads = followed_parts(condition)
        if len(space.shape) != 3:
            raise BadValue(f"samples must be (C, H, W), not {space.shape}; try core/dense")
        channels = seen_channels(space, condition, follow=self.follow)
        blocks: list[nn.Module] = []
        for number, wide in enumerate(options.widths(options.layers + 1)):
            stride = 2 if number < options.layers else 1
            conv = init_kaiming(nn.Conv2d(channels, wide, 4, stride=stride))
            norm = nn.BatchNorm2d(wide) if options.normalise and number else nn.Identity()
            # With this padding sizes are halved and rounded up, down to 1.
            blocks.append(
                nn.Sequential(nn.ZeroPad2d((1, 2, 1, 2)), conv, norm, nn.LeakyReLU(SLOPE))
            )
            channels = wide
        self.blocks = nn.ModuleList(blocks)
        if options.normalise:
            self.blocks.apply(init_dcgan)
        self.project = Head(channels, condition.dim, options.conditioning)

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Discriminate each patch."""
        features, maps = [], seen(sample, condition, follow=self.follow)
        real: list[Tensor | None] = []
        places = condition.places
        maps = cut(maps, places)
        for block in self.blocks:
            maps, places = _level(block, maps, places)
            features.append(maps)
            real.append(places)
        critique = self.project.critique(maps, condition.pooled, features, places)
        return critique if places is None else replace(critique, feature_places=tuple(real))


def _level(block: nn.Module, maps: Tensor, places: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """The maps of the next level and their real places, beyond which they are 0."""
    if places is None:
        return block(maps), None
    assert isinstance(block, nn.Sequential)
    pad, conv, norm, act = block
    assert isinstance(conv, nn.Conv2d)
    maps, places = conv(pad(maps)), coarser(places, conv.stride[0])
    if isinstance(norm, nn.BatchNorm2d):
        maps = batch_norm(norm, maps, places)
    return cut(act(maps), places), places
