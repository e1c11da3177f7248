"""A discriminator: turns a sample and its condition into a Critique."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor, nn

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.condition import Condition, ConditionPart, ConditionSpace
from mmgan_core.contracts.critique import Critique
from mmgan_core.contracts.sample_space import SampleSpace
from mmgan_core.options import Options as BaseOptions


class Discriminator(nn.Module, Component, ABC):
    """Says how real a sample of one modality is under its condition, by logits.

    It must not return probabilities: the losses expect logits.

    Attributes:
        reads: the parts of the condition that it reads, of those in its ``Spec.condition_parts``;
            the constructor sets it if the options decide.
        ignores_padding: whether ``condition.places`` keeps padding out of the critique: what a
            padded place holds makes no difference, and ``Critique.places`` says which logits count.
            Without it a discriminator sees the same padding in real and made samples, and its
            logits are of all places.
        looks_first: whether it has ``look_at`` and ``critique_of``, and training may use them in
            place of ``forward``; the constructor sets it if the options decide.
    """

    ignores_padding: ClassVar[bool] = False
    reads: frozenset[ConditionPart] = frozenset({"pooled"})
    looks_first: bool = False

    def __init__(self, options: BaseOptions, space: SampleSpace, condition: ConditionSpace) -> None:
        """Build the network; every size comes from the options and the two spaces.

        Args:
            space: the shape and range of the samples.
            condition: the sizes of the condition.

        Raises:
            BadValue: if it cannot work on such samples; the message says which would do.
        """
        super().__init__()
        self.options = options
        self.space = space
        self.condition = condition

    def look_at(self, sample: Tensor, condition: Condition) -> Sequence[Tensor]:
        """What ``critique_of`` needs of samples, whatever is asked of them: tensors (B, ...).

        Training then looks at real and made samples in one call, and only once at samples that it
        has judged beside several conditions. So it depends on the row's own sample and on
        ``condition.masked`` and ``condition.places`` alone: on no other part of the condition and
        no other row, which batch normalisation looks at; and it changes no state, which spectral
        normalisation does, and draws no random numbers.
        """
        raise NotImplementedError(f"{type(self).__name__} does not look first")

    def critique_of(self, looked: Sequence[Tensor], condition: Condition) -> Critique:
        """Discriminate samples that were looked at, as ``forward`` would."""
        raise NotImplementedError(f"{type(self).__name__} does not look first")

    @abstractmethod
    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Discriminate samples (B, *space.shape); the higher a logit, the more real."""
