"""Relativistic pairing loss: each real sample is compared with the fake one beside it.

With f(t) = softplus(t), both halves minimised:

    L_D = E f(-(D(x) - D(y)))        L_G = E f(-(D(y) - D(x)))

Jolicoeur-Martineau 2018; Huang et al. 2024, "The GAN is dead; long live the GAN!"."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor
from torch.nn.functional import softplus

from mmgan_core.contracts import Critique, Loss
from mmgan_core.options import Options


class RelativisticOptions(Options):
    """`objectives/relativistic` has no options."""


class Relativistic(Loss):
    """Rows of real and fake are paired; logits may have any shape."""

    Options = RelativisticOptions
    needs_real_in_generator_phase: ClassVar[bool] = True

    def discriminator(self, real: Critique, fake: Critique) -> Tensor:
        """Real above the fake beside it."""
        return softplus(fake.logits - real.logits).mean()

    def generator(self, real: Critique | None, fake: Critique) -> Tensor:
        """Fake above the real beside it."""
        assert real is not None
        return softplus(real.logits - fake.logits).mean()
