"""An adversarial loss: what the discriminator and the generator minimise against each other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.critique import Critique
from mmgan_core.options import Options as BaseOptions


class Loss(Component, ABC):
    """Turns critiques into the scalars that both networks minimise.

    Row k of the real samples and row k of the fake samples have the same condition, so a loss may
    compare them. Logits are (B, ...), with any shape after the batch.

    Attributes:
        needs_real_in_generator_phase: whether ``generator`` needs the critique of real samples.
        ignores_padding: whether logits that do not count make no difference, as ``Critique.mean``
            sees to. Only such a loss goes with a discriminator that says which logits count.
    """

    needs_real_in_generator_phase: ClassVar[bool] = False
    ignores_padding: ClassVar[bool] = False

    def __init__(self, options: BaseOptions) -> None:
        self.options = options

    @abstractmethod
    def discriminator(self, real: Critique, fake: Critique) -> Tensor:
        """Return the scalar that the discriminator minimises."""

    @abstractmethod
    def generator(self, real: Critique | None, fake: Critique) -> Tensor:
        """Return the scalar that the generator minimises.

        ``real`` is None unless ``needs_real_in_generator_phase``.
        """
