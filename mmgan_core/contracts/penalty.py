"""A penalty on the discriminator's slope."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from torch import Tensor

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.critique import Critique
from mmgan_core.options import Options as BaseOptions

Critic = Callable[[Tensor], Critique]
"""The discriminator as a function of the sample alone: augmentation and condition are fixed."""


class Penalty(Component, ABC):
    """A term of the discriminator phase; the trainer applies its ``weight`` and ``every``.

    Attributes:
        differentiates_twice: whether it takes the gradient of a gradient, which not every
            discriminator can.
    """

    differentiates_twice: ClassVar[bool] = True

    def __init__(self, options: BaseOptions) -> None:
        self.options = options

    @abstractmethod
    def __call__(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        """A scalar, unweighted, to add to what the discriminator minimises.

        Args:
            critic: the discriminator as a function of a batch of samples; the same augmentation is used at every call.
            real: real samples, (B, ...), cut off from what made them.
            fake: made samples, (B, ...), likewise.
        """
