"""An adversarial loss: both networks' halves of one formula."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.critique import Critique
from mmgan_core.options import Options as BaseOptions


class Loss(Component, ABC):
    """Both halves are minimised. Logits in, a scalar out; rows of real and fake are paired.

    Attributes:
        needs_real_in_generator_phase: whether ``generator`` compares with real samples.
    """

    needs_real_in_generator_phase: ClassVar[bool] = False

    def __init__(self, options: BaseOptions) -> None:
        self.options = options

    @abstractmethod
    def discriminator(self, real: Critique, fake: Critique) -> Tensor:
        """What the discriminator minimises."""

    @abstractmethod
    def generator(self, real: Critique | None, fake: Critique) -> Tensor:
        """What the generator minimises."""
