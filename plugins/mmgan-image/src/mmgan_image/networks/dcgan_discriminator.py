"""DCGAN's discriminator: strided convolutions with batch normalisation and LeakyReLU.

Radford et al. 2015, "Unsupervised representation learning with deep convolutional generative
adversarial networks", https://arxiv.org/abs/1511.06434; conditioned by projection. Batch
normalisation sees real and fake samples in separate calls.

Start with this one, with ``normalise: false``, R1 and R2: batch normalisation mixes rows, which
exact penalties do not allow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import Field
from torch import Tensor, nn

from mmgan_core.blocks.token_match import MatchedLevel
from mmgan_core.contracts import Condition, ConditionSpace, Critique, Discriminator, SampleSpace
from mmgan_image.blocks.attend_option import AttendOptions, refuse_unseen_tokens
from mmgan_image.blocks.conditioning import seen, seen_channels
from mmgan_image.blocks.head import Head, HeadOptions
from mmgan_image.blocks.levels import level_sizes
from mmgan_image.init_weights import SLOPE, init_dcgan, init_kaiming_convolutions


class DCGANDiscriminatorOptions(HeadOptions, AttendOptions):
    """Options of the discriminator `image/dcgan`."""

    width: int = Field(32, ge=1, description="channels at full size; doubled at each halving")
    max_width: int = Field(256, ge=1, description="most channels of any level")
    normalise: bool = Field(
        True, description="batch normalisation; turn it off for exact penalties"
    )


class DCGANDiscriminator(Discriminator):
    """Pictures (B, C, H, W) and a condition to logits (B,); features: one tensor a level."""

    Options = DCGANDiscriminatorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"width": 4},
            {"width": 4, "normalise": False, "conditioning": "concatenation"},
            {"width": 4, "normalise": False, "attend": 8},
        )

    def __init__(
        self, options: DCGANDiscriminatorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.looks_first = not options.normalise
        sizes, channels = level_sizes(space), seen_channels(space, condition)
        widths = [min(options.width * 2**k, options.max_width) for k in range(len(sizes))]
        blocks: list[nn.Module] = []
        for number, wide in enumerate(widths):
            # The first level keeps the size, so that small pictures are not halved to nothing.
            stride = 2 if number else 1
            conv = nn.Conv2d(channels, wide, 3, stride=stride, padding=1)
            norm = nn.BatchNorm2d(wide) if options.normalise and number else nn.Identity()
            blocks.append(nn.Sequential(conv, norm, nn.LeakyReLU(SLOPE)))
            channels = wide
        self.blocks = nn.ModuleList(blocks)
        area = sizes[-1][0] * sizes[-1][1]
        self.project = Head(channels * area, condition.dim, options.conditioning)
        # Without normalisation DCGAN's own weights would leave almost no signal.
        self.apply(init_dcgan if options.normalise else init_kaiming_convolutions)
        refuse_unseen_tokens(options.attend, options.conditioning)
        self.matched = MatchedLevel(sizes, widths, options.attend, condition)
        if self.matched.match:
            self.reads = frozenset({"pooled", "tokens"})

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Discriminate."""
        return self.critique_of(self.look_at(sample, condition), condition)

    def look_at(self, sample: Tensor, condition: Condition) -> Sequence[Tensor]:
        """The maps of each level."""
        features = []
        maps = seen(sample, condition)
        for block in self.blocks:
            maps = block(maps)
            features.append(maps)
        return features

    def critique_of(self, looked: Sequence[Tensor], condition: Condition) -> Critique:
        critique = self.project.critique(looked[-1].flatten(1), condition.pooled, looked)
        return replace(critique, logits=self.matched(critique.logits, looked, condition))
