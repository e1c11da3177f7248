"""The critique: what a discriminator returns for a batch of samples."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from mmgan_core.contracts.places import mean_where, row_means


@dataclass(frozen=True)
class Critique:
    """What a discriminator returns for a batch of samples.

    Attributes:
        logits: the higher, the more real; (B, ...), with any shape after the batch.
        features: inner activations, each (B, ...), for feature-matching losses.
        reading: the condition as the discriminator predicts it from the sample, (B, dim), if it
            has an auxiliary classifier, else None.
        places: False where a logit is of padding alone, and does not count; broadcasts to
            ``logits``. None if all count.
        feature_places: the same for each of ``features``; empty if all count.
    """

    logits: Tensor
    features: tuple[Tensor, ...] = ()
    reading: Tensor | None = None
    places: Tensor | None = None
    feature_places: tuple[Tensor | None, ...] = ()

    def mean(self, values: Tensor) -> Tensor:
        """The mean of numbers, one for each logit, over the logits that count.

        Losses that call it ignore padding: ``fake.mean(relu(1 + fake.logits))``.
        """
        return mean_where(values, self.places)

    def row_means(self, values: Tensor) -> Tensor:
        """The same mean for each row, (B,)."""
        return row_means(values, self.places)
