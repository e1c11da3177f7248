"""Linear in the sample x, by weights that the condition c chooses: D(x, c) = W(c) x + b(c)."""

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
            raise BadValue(f"echo/linear judges numbers in a row, not samples {space.shape}")
        # With a one beside the condition there is something to weigh where there is none.
        self.weights = nn.Linear(1 + condition.dim, space.shape[0], bias=False)
        self.offset = nn.Linear(1 + condition.dim, 1, bias=False)

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Logits, (B,)."""
        one = torch.ones_like(sample[:, :1])
        told = torch.cat([one, condition.pooled.to(sample.dtype)], dim=1)
        logits = (self.weights(told) * sample).sum(1) + self.offset(told).squeeze(1)
        return Critique(logits.float() if logits.dtype == torch.bfloat16 else logits)
