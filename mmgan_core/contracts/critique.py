"""What a discriminator says of a sample."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Critique:
    """A discriminator's answer.

    Attributes:
        logits: higher is more real; (B, ...), any shape after the batch.
        features: inner activations, for matching losses.
        reading: the condition as it is read off the sample, (B, dim), where the discriminator
            reads one; None elsewhere.
    """

    logits: Tensor
    features: tuple[Tensor, ...] = ()
    reading: Tensor | None = None
