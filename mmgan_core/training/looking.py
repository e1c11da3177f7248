"""Real and made samples as a discriminator sees them: looked at once, if it allows that."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mmgan_core.assembly.gan import GAN
from mmgan_core.contracts import Condition, Critique, Discriminator
from mmgan_core.training.adversaries import in_float


class Looking:
    """Discriminates real and made samples of the same rows, beside any conditions."""

    def __init__(
        self, gan: GAN, name: str, real: Tensor, fake: Tensor, condition: Condition
    ) -> None:
        """
        Args:
            name: what the discriminator is called.
            condition: a condition of these rows; other conditions that samples are judged beside
                are to have the same ``masked`` and ``places``.
        """
        self._gan, self._name, self._samples = gan, name, (real, fake)
        self._looked: tuple[Sequence[Tensor], Sequence[Tensor]] | None = None
        network = gan.discriminators[name]
        if isinstance(network, Discriminator) and network.looks_first:
            count = len(real)
            twice = torch.arange(count, device=real.device).repeat(2)
            both = network.look_at(torch.cat([real, fake]), condition.take(twice))
            self._looked = [one[:count] for one in both], [one[count:] for one in both]

    def of_real(self, condition: Condition) -> Critique:
        """The critique of the real samples, in single precision."""
        return self._of(0, condition)

    def of_fake(self, condition: Condition) -> Critique:
        """The critique of the made samples, in single precision."""
        return self._of(1, condition)

    def _of(self, which: int, condition: Condition) -> Critique:
        if self._looked is None:
            return in_float(self._gan.discriminate(self._name, self._samples[which], condition))
        network = self._gan.discriminators[self._name]
        assert isinstance(network, Discriminator)
        return in_float(network.critique_of(self._looked[which], condition))
