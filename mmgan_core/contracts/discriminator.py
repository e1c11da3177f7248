"""A sample and a condition become a Critique."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.condition import Condition, ConditionSpace
from mmgan_core.contracts.critique import Critique
from mmgan_core.contracts.sample_space import SampleSpace
from mmgan_core.options import Options as BaseOptions


class Discriminator(nn.Module, Component, ABC):
    """Says how real a sample is, given its condition; logits, never probabilities."""

    def __init__(self, options: BaseOptions, space: SampleSpace, condition: ConditionSpace) -> None:
        """Take every size from the options and the two spaces.

        Raises:
            BadValue: for a sample space it cannot work on, said in words a user can act on.
        """
        super().__init__()
        self.options = options
        self.space = space
        self.condition = condition

    @abstractmethod
    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Critique samples (B, *space.shape); higher logits are more real."""
