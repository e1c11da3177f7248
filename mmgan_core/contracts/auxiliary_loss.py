"""An auxiliary loss: what a generator minimises beside the adversarial loss."""

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
    """What an auxiliary loss can work with: the generator phase of one made entry.

    Attributes:
        generator: the generator that made ``fake``; it may be called again.
        noise: the noise that it was given, (B, Z).
        condition: the condition that it was given; ``condition.masked`` if it repairs.
        fake: the samples that it made, (B, *shape), with their gradient.
        real: real samples of the same conditions, (B, *shape).
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
        """The critique of ``fake``, with the known part put back; computed once, on first use."""
        masked = self.condition.masked
        return self.discriminate(masked.filled(self.fake) if masked else self.fake)

    @cached_property
    def of_real(self) -> Critique:
        """The critique of ``real``, without a gradient; computed once, on first use."""
        with torch.no_grad():
            return self.discriminate(self.real)


class AuxiliaryLoss(nn.Module, Component, ABC):
    """Is added to the generator's loss; the trainer applies its ``weight`` and ``every``.

    State that must survive a resume is kept in buffers. Random numbers come from the global random
    state, which is seeded for each step.

    Attributes:
        paired: whether it compares real and made samples row by row, which makes sense only if
            the condition decides what the sample should be.
        needs_likelihood: whether it works only on generators that know the likelihood of a sample.
    """

    paired: ClassVar[bool] = False
    needs_likelihood: ClassVar[bool] = False

    def __init__(self, options: BaseOptions, space: SampleSpace) -> None:
        """``space``: the shape and range of the made samples.

        Raises:
            BadValue: if it cannot work on such samples.
        """
        super().__init__()
        self.options = options
        self.space = space

    @abstractmethod
    def forward(self, step: GeneratorStep) -> Tensor:
        """Return a scalar to minimise, unweighted.

        Raises:
            BadValue: if it cannot work on this generator.
        """
