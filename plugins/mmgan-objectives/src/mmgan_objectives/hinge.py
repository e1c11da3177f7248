"""Hinge loss: the discriminator's logits only count within a margin of 1.

    L_D = E max(0, 1 - D(x)) + E max(0, 1 + D(y))        L_G = -E D(y)

Both are minimised; x is real, y is fake. Lim and Ye 2017, "Geometric GAN",
https://arxiv.org/abs/1705.02894.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor
from torch.nn.functional import relu

from mmgan_core.contracts import Critique, Loss
from mmgan_core.options import Options


class HingeOptions(Options):
    """`objectives/hinge` has no options."""


class Hinge(Loss):
    """Logits may have any shape."""

    Options = HingeOptions
    ignores_padding: ClassVar[bool] = True

    def discriminator(self, real: Critique, fake: Critique) -> Tensor:
        """Real logits above 1, fake ones below -1."""
        return real.mean(relu(1 - real.logits)) + fake.mean(relu(1 + fake.logits))

    def generator(self, real: Critique | None, fake: Critique) -> Tensor:
        """Fake logits as high as possible."""
        return -fake.mean(fake.logits)
