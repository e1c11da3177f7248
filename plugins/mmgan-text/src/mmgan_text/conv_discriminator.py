"""A discriminator of texts by convolutions, which see a few pieces that follow one another.

    x_i+1 = x_i + conv(act(conv_5(act(x_i)))),    dilated 1, 2, 4, 1, ...

Phrases of many lengths are seen: Zhang et al. 2017, "Adversarial feature matching for text
generation", https://arxiv.org/abs/1706.03850, here with residual layers. The rest:
`text_judgement`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_core.contracts import Condition, ConditionSpace, Critique, Discriminator, SampleSpace
from mmgan_core.foundation.init_weights import init_variance_scaling
from mmgan_text.text_judgement import GAIN, SLOPE, TextDiscriminatorOptions, TextHead, TextInput

_DILATIONS = (1, 2, 4)


class ConvDiscriminatorOptions(TextDiscriminatorOptions):
    """Options of the discriminator `text/conv`."""

    kernel: int = Field(5, ge=1, le=15, description="places that a layer sees")


class ConvDiscriminator(Discriminator):
    """(B, T, V) and a condition to logits (B,); features: of each layer, and pooled."""

    Options = ConvDiscriminatorOptions
    options: ConvDiscriminatorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"width": 8, "layers": 2}, {"width": 8, "layers": 1, "attend": True, "kernel": 3})

    def __init__(
        self, options: ConvDiscriminatorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        width = options.width
        self.read = TextInput(width, space, condition)
        self.layers = nn.ModuleList(
            _ConvLayer(width, options.kernel, _DILATIONS[number % len(_DILATIONS)])
            for number in range(options.layers)
        )
        self.judge = TextHead(width, condition, attend=options.attend)
        if self.judge.match is not None:
            self.reads = frozenset({"pooled", "tokens"})

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Discriminate."""
        x, real = self.read(sample, condition)
        features = []
        for layer in self.layers:
            x = layer(x, real)
            features.append(x)
        critique: Critique = self.judge(x, real, condition, features)
        return critique


class _ConvLayer(nn.Module):
    """A residual layer over places (B, T, W)."""

    def __init__(self, width: int, kernel: int, step: int) -> None:
        super().__init__()
        self.conv = init_variance_scaling(
            nn.Conv1d(width, width, kernel, padding="same", dilation=step), GAIN
        )
        self.mix = init_variance_scaling(nn.Linear(width, width), 0.5 * GAIN)

    def forward(self, x: Tensor, real: Tensor) -> Tensor:
        there = real[..., None]
        seen = self.conv(leaky_relu(x, SLOPE).transpose(1, 2)).transpose(1, 2) * there
        changed: Tensor = (x + self.mix(leaky_relu(seen, SLOPE))) * there
        return changed
