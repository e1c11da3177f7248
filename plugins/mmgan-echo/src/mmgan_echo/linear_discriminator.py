"""A tiny discriminator, linear in the sample x: D(x, c) = W(c) x + b(c) for a condition c."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mmgan_core import BadValue, Options
from mmgan_core.contracts import (
    Condition,
    ConditionSpace,
    Critique,
    Discriminator,
    SampleSpace,
)


class LinearDiscriminatorOptions(Options):
    """The discriminator `echo/linear` has no options."""


class LinearDiscriminator(Discriminator):
    """(B, N) samples and (B, dim) condition to (B,) logits."""

    Options = LinearDiscriminatorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({},)

    def __init__(
        self,
        options: LinearDiscriminatorOptions,
        space: SampleSpace,
        condition: ConditionSpace,
    ) -> None:
        super().__init__(options, space, condition)
        if len(space.shape) != 1:
            raise BadValue(f"echo/linear takes vectors (N,), not samples {space.shape}")
        # The one beside the condition is the bias, and all there is without a condition.
        self.weights = nn.Linear(1 + condition.dim, space.shape[0], bias=False)
        self.offset = nn.Linear(1 + condition.dim, 1, bias=False)

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Discriminate: logits (B,)."""
        one = torch.ones_like(sample[:, :1])
        vector = torch.cat([one, condition.pooled.to(sample.dtype)], dim=1)
        logits = (self.weights(vector) * sample).sum(1) + self.offset(vector).squeeze(1)
        return Critique(logits.float() if logits.dtype == torch.bfloat16 else logits)
