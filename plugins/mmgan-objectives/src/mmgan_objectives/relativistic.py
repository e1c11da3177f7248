"""Relativistic pairing loss: each real sample is compared with the fake sample of its row.

With f(t) = softplus(t) = log(1 + e^t):

    L_D = E f(-(D(x) - D(y)))        L_G = E f(-(D(y) - D(x)))

Both are minimised; x is real, y is fake. Jolicoeur-Martineau 2018, "The relativistic
discriminator", https://arxiv.org/abs/1807.00734; Huang et al. 2024, "The GAN is dead; long live the
GAN! A modern baseline GAN", https://arxiv.org/abs/2501.05441.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor
from torch.nn.functional import softplus

from mmgan_core.contracts import Critique, Loss
from mmgan_core.options import Options


class RelativisticOptions(Options):
    """`objectives/relativistic` has no options."""


class Relativistic(Loss):
    """Rows of real and fake samples are paired; logits may have any shape."""

    Options = RelativisticOptions
    needs_real_in_generator_phase: ClassVar[bool] = True
    ignores_padding: ClassVar[bool] = True

    def discriminator(self, real: Critique, fake: Critique) -> Tensor:
        """Real logits above the fake logits of their rows."""
        return fake.mean(softplus(fake.logits - real.logits))

    def generator(self, real: Critique | None, fake: Critique) -> Tensor:
        """Fake logits above the real logits of their rows."""
        assert real is not None
        return fake.mean(softplus(real.logits - fake.logits))
