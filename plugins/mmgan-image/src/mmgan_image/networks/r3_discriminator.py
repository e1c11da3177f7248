"""R3GAN's discriminator: the mirror image of its generator, with a projection head.

It ends in a depthwise convolution over all of the last maps. It takes pictures of any height, width
and number of channels. Huang et al. 2024, "The GAN is dead; long live the GAN! A modern baseline
GAN", https://arxiv.org/abs/2501.05441.

Use it on a GPU and for spectrograms, always with R1 and R2: it does not train without them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

from torch import Tensor, nn

from mmgan_core.blocks.token_match import MatchedLevel
from mmgan_core.contracts import Condition, ConditionSpace, Critique, Discriminator, SampleSpace
from mmgan_image.blocks.attend_option import AttendOptions, refuse_unseen_tokens
from mmgan_image.blocks.conditioning import seen, seen_channels
from mmgan_image.blocks.followed_maps import FollowOptions, followed_parts
from mmgan_image.blocks.head import Head, HeadOptions
from mmgan_image.blocks.levels import level_sizes
from mmgan_image.blocks.r3_block import RESAMPLING, R3Block, R3Options, level_widths
from mmgan_image.init_weights import init_variance_scaling, residual_gain


class R3DiscriminatorOptions(R3Options, HeadOptions, AttendOptions, FollowOptions):
    """Options of the discriminator `image/r3`."""


class R3Discriminator(Discriminator):
    """Pictures (B, C, H, W) and a condition to logits (B,); features: one tensor a level."""

    Options = R3DiscriminatorOptions
    options: R3DiscriminatorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"width": 8, "group": 4},
            {"width": 4, "growth": 1.5, "blocks": 2, "attend": 16},
            {"preset": 32, "width": 8, "group": 4, "conditioning": "concatenation"},
            {"width": 4, "group": 4, "follow": True},
        )

    def __init__(
        self, options: R3DiscriminatorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.follow = options.follow
        # Maps that it follows are a part of what is asked.
        self.looks_first = not self.follow
        if self.follow:
            self.reads = followed_parts(condition)
        sizes = level_sizes(space, options.levels)
        widths = level_widths(options, len(sizes))
        gain = residual_gain(options.blocks * len(sizes))
        channels = seen_channels(space, condition, follow=self.follow)
        self.look = init_variance_scaling(nn.Conv2d(channels, widths[0], 1))
        self.levels = nn.ModuleList(
            nn.Sequential(
                *(R3Block(wide, group=options.group, gain=gain) for _ in range(options.blocks))
            )
            for wide in widths
        )
        self.widen = nn.ModuleList(
            nn.Identity()
            if one == next_
            else init_variance_scaling(nn.Conv2d(one, next_, 1, bias=False))
            for one, next_ in itertools.pairwise(widths)
        )
        last = widths[-1]
        self.gather = init_variance_scaling(
            nn.Conv2d(last, last, sizes[-1], groups=last, bias=False)
        )
        self.project = Head(last, condition.dim, options.conditioning)
        refuse_unseen_tokens(options.attend, options.conditioning)
        self.matched = MatchedLevel(sizes, widths, options.attend, condition)
        if self.matched.match:
            self.reads |= {"tokens"}

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Discriminate."""
        return self.critique_of(self.look_at(sample, condition), condition)

    def look_at(self, sample: Tensor, condition: Condition) -> Sequence[Tensor]:
        """The maps of each level."""
        halve, _ = RESAMPLING[self.options.resample]
        maps = self.levels[0](self.look(seen(sample, condition, follow=self.follow)))
        features = [maps]
        for level, widen in zip(self.levels[1:], self.widen, strict=True):
            maps = level(widen(halve(maps)))
            features.append(maps)
        return features

    def critique_of(self, looked: Sequence[Tensor], condition: Condition) -> Critique:
        gathered = self.gather(looked[-1]).flatten(1)
        critique = self.project.critique(gathered, condition.pooled, looked)
        return replace(critique, logits=self.matched(critique.logits, looked, condition))
