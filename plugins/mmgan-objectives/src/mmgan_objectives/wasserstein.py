"""Wasserstein critic, both halves minimised:

    L_D = E D(y) - E D(x)        L_G = -E D(y)

Arjovsky et al. 2017. The critic's slope must be held: use it with a gradient penalty."""

from __future__ import annotations

from torch import Tensor

from mmgan_core.contracts import Critique, Loss
from mmgan_core.options import Options


class WassersteinOptions(Options):
    """`objectives/wasserstein` has no options."""


class Wasserstein(Loss):
    """Logits may have any shape."""

    Options = WassersteinOptions

    def discriminator(self, real: Critique, fake: Critique) -> Tensor:
        """Real as far above fake as its slope allows."""
        return fake.logits.mean() - real.logits.mean()

    def generator(self, real: Critique | None, fake: Critique) -> Tensor:
        """Fake as high as can be."""
        return -fake.logits.mean()
