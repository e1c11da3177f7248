"""The critique: what a discriminator returns for a batch of samples."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Critique:
    """What a discriminator returns for a batch of samples.

    Attributes:
        logits: the higher, the more real; (B, ...), with any shape after the batch.
        features: inner activations, each (B, ...), for feature-matching losses.
        reading: the condition as the discriminator predicts it from the sample, (B, dim), if it
            has an auxiliary classifier, else None.
    """

    logits: Tensor
    features: tuple[Tensor, ...] = ()
    reading: Tensor | None = None
