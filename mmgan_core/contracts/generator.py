"""A generator: turns noise and a condition into samples."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.condition import Condition, ConditionPart, ConditionSpace
from mmgan_core.contracts.sample_space import SampleSpace
from mmgan_core.options import Options as BaseOptions


class Generator(nn.Module, Component, ABC):
    """Makes samples of one modality in one forward pass.

    Its only randomness is the noise that it receives, so that the same seed gives the same
    sample.

    Attributes:
        noise_dim: the size Z of the noise, (B, Z), which is sampled from N(0, 1).
        reads: the parts of the condition that it reads. The constructor sets it if the options
            decide; a recipe in which a given entry is read by no generator is refused.
    """

    noise_dim: int
    reads: frozenset[ConditionPart] = frozenset({"pooled"})

    def __init__(self, options: BaseOptions, space: SampleSpace, condition: ConditionSpace) -> None:
        """Build the network; every size comes from the options and the two spaces.

        Args:
            space: the shape and range of the samples.
            condition: the sizes of the condition.

        Raises:
            BadValue: if it cannot make such samples; the message says which would do.
        """
        super().__init__()
        self.options = options
        self.space = space
        self.condition = condition

    @abstractmethod
    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make samples (B, *space.shape), roughly from ``space.low`` to ``space.high``.

        Samples are clamped to that range before a user gets them.
        """
