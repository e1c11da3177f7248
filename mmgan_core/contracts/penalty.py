"""A penalty on the gradient of the discriminator."""

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
    """Is added to the discriminator's loss; the trainer applies its ``weight`` and ``every``.

    Attributes:
        differentiates_twice: whether it takes the gradient of a gradient, which not every
            discriminator allows.
    """

    differentiates_twice: ClassVar[bool] = True

    def __init__(self, options: BaseOptions) -> None:
        self.options = options

    @abstractmethod
    def __call__(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        """Return a scalar to minimise, unweighted.

        Args:
            critic: the discriminator as a function of a batch of samples; every call changes
                samples by the same augmentation.
            real: real samples, (B, *shape), detached.
            fake: made samples, (B, *shape), detached.
        """
