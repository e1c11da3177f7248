"""A discriminator of texts by attention, in which every place sees the whole text.

Layers with norms first, as in `text/transformer`, without a mask: Vaswani et al. 2017,
https://arxiv.org/abs/1706.03762. Attention is written out where a penalty may differentiate its
gradient, and fused elsewhere. The rest: `text_judgement`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_core.contracts import Condition, ConditionSpace, Critique, Discriminator, SampleSpace
from mmgan_text.attention_layers import TextLayer
from mmgan_text.text_judgement import TextDiscriminatorOptions, TextHead, TextInput


class TransformerDiscriminatorOptions(TextDiscriminatorOptions):
    """Options of the discriminator `text/transformer`."""

    heads: int = Field(4, ge=1, description="heads of each layer; they share the width")


class TransformerDiscriminator(Discriminator):
    """(B, T, V) and a condition to logits (B,); features: of each layer, and pooled."""

    Options = TransformerDiscriminatorOptions
    options: TransformerDiscriminatorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        small = {"width": 8, "layers": 2, "heads": 2}
        return (small, {**small, "layers": 1, "attend": True})

    def __init__(
        self,
        options: TransformerDiscriminatorOptions,
        space: SampleSpace,
        condition: ConditionSpace,
    ) -> None:
        super().__init__(options, space, condition)
        self.read = TextInput(options.width, space, condition)
        self.layers = nn.ModuleList(
            TextLayer(options.width, options.heads, options.layers) for _ in range(options.layers)
        )
        self.norm = nn.LayerNorm(options.width)
        self.judge = TextHead(options.width, condition, attend=options.attend)
        if self.judge.match is not None:
            self.reads = frozenset({"pooled", "tokens"})

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Discriminate."""
        # Of samples that need no gradient none is differentiated twice.
        twice = sample.requires_grad and torch.is_grad_enabled()
        x, real = self.read(sample, condition)
        features = []
        for layer in self.layers:
            x = layer(x, real=real, twice=twice) * real[..., None]
            features.append(x)
        x = self.norm(x) * real[..., None]
        critique: Critique = self.judge(x, real, condition, features)
        return critique
