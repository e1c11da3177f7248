"""Noise and a condition become a sample."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.condition import Condition, ConditionSpace
from mmgan_core.contracts.sample_space import SampleSpace
from mmgan_core.options import Options as BaseOptions


class Generator(nn.Module, Component, ABC):
    """Makes samples of one modality in one forward pass.

    Its randomness is the noise it is handed and nothing else, so that the same seed gives the
    same sample.

    Attributes:
        noise_dim: size Z of the noise, (B, Z), drawn from N(0, 1).
    """

    noise_dim: int

    def __init__(self, options: BaseOptions, space: SampleSpace, condition: ConditionSpace) -> None:
        """Take every size from the options and the two spaces.

        Raises:
            BadValue: for a sample space it cannot make, said in words a user can act on.
        """
        super().__init__()
        self.options = options
        self.space = space
        self.condition = condition

    @abstractmethod
    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Samples (B, *sample.shape), about within [sample.low, sample.high]; users get them
        clamped to that range.
        """
