"""A joint discriminator: turns samples of several made entries and a condition into a Critique."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from torch import Tensor, nn

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.condition import Condition, ConditionPart, ConditionSpace
from mmgan_core.contracts.critique import Critique
from mmgan_core.contracts.sample_space import SampleSpace
from mmgan_core.options import Options as BaseOptions


class JointDiscriminator(nn.Module, Component, ABC):
    """Says how real the samples of one row are together, by logits.

    Each sample may be perfect and yet not belong to the others: a discriminator of one made entry
    cannot see that, and this one can.

    Attributes:
        reads: the parts of the condition that it reads.
    """

    reads: frozenset[ConditionPart] = frozenset({"pooled"})

    def __init__(
        self, options: BaseOptions, spaces: Mapping[str, SampleSpace], condition: ConditionSpace
    ) -> None:
        """Build the network; every size comes from the options and the spaces.

        Args:
            spaces: the shape and range of the samples of each made entry that it sees.
            condition: the sizes of the condition.

        Raises:
            BadValue: if it cannot work on such samples; the message says which would do.
        """
        super().__init__()
        self.options = options
        self.spaces = dict(spaces)
        self.condition = condition

    @abstractmethod
    def forward(self, samples: Mapping[str, Tensor], condition: Condition) -> Critique:
        """Discriminate samples, (B, *shape) of each entry; the higher a logit, the more real."""
