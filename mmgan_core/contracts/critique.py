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
    """

    logits: Tensor
    features: tuple[Tensor, ...] = ()
