"""A term that the generator minimises beside the adversarial loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import torch
from torch import Tensor, nn

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.condition import Condition
from mmgan_core.contracts.critique import Critique
from mmgan_core.contracts.generator import Generator
from mmgan_core.contracts.sample_space import SampleSpace
from mmgan_core.options import Options as BaseOptions


@dataclass(frozen=True)
class GeneratorStep:
    """One generator phase of one made entry.

    Attributes:
        generator: what made ``fake``; may be called again.
        noise: (B, Z).
        condition: what the generator was told; ``condition.masked`` where it repairs.
        fake: what it made, (B, *shape), its gradient attached.
        real: real samples for the same conditions, (B, *shape).
        discriminate: the discriminator as a function of the sample alone.
    """

    generator: Generator
    noise: Tensor
    condition: Condition
    fake: Tensor
    real: Tensor
    discriminate: Callable[[Tensor], Critique]

    @cached_property
    def of_fake(self) -> Critique:
        """What ``discriminate`` says of ``fake``, what is known put back; asked once, if at all."""
        masked = self.condition.masked
        return self.discriminate(masked.filled(self.fake) if masked else self.fake)

    @cached_property
    def of_real(self) -> Critique:
        """What ``discriminate`` says of ``real``, without a gradient; asked once, if at all."""
        with torch.no_grad():
            return self.discriminate(self.real)


class AuxiliaryLoss(nn.Module, Component, ABC):
    """Added to the generator phase; the trainer applies its ``weight`` and ``every``.

    State that must survive a resume lives in buffers; what it draws comes from the global random
    state, which is seeded for the step.

    Attributes:
        paired: whether real and made samples are compared row by row, which makes sense only
            where the condition decides the sample.
    """

    paired: ClassVar[bool] = False

    def __init__(self, options: BaseOptions, space: SampleSpace) -> None:
        """``space``: the space of what is made.

        Raises:
            BadValue: for samples that it cannot work on.
        """
        super().__init__()
        self.options = options
        self.space = space

    @abstractmethod
    def forward(self, step: GeneratorStep) -> Tensor:
        """A scalar, unweighted.

        Raises:
            BadValue: for a generator that it cannot work on.
        """
