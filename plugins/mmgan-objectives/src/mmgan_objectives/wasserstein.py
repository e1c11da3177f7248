"""Wasserstein loss: the critic's mean difference estimates the distance of real and fake samples.

    L_D = E D(y) - E D(x)        L_G = -E D(y)

Both are minimised; x is real, y is fake. Arjovsky et al. 2017, "Wasserstein GAN",
https://arxiv.org/abs/1701.07875. The slope of the critic must be limited: use it with
`objectives/gradient-penalty`.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from mmgan_core.contracts import Critique, Loss
from mmgan_core.options import Options


class WassersteinOptions(Options):
    """`objectives/wasserstein` has no options."""


class Wasserstein(Loss):
    """Logits may have any shape."""

    Options = WassersteinOptions
    ignores_padding: ClassVar[bool] = True

    def discriminator(self, real: Critique, fake: Critique) -> Tensor:
        """Real logits as far above fake ones as the slope allows."""
        return fake.mean(fake.logits) - real.mean(real.logits)

    def generator(self, real: Critique | None, fake: Critique) -> Tensor:
        """Fake logits as high as possible."""
        return -fake.mean(fake.logits)
