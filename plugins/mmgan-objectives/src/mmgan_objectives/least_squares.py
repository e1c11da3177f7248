"""Least squares loss (LSGAN): real logits go to 1, fake ones to 0.

    L_D = (E (D(x) - 1)^2 + E D(y)^2) / 2        L_G = E (D(y) - 1)^2 / 2

Both are minimised; x is real, y is fake. Mao et al. 2017, "Least squares generative adversarial
networks", https://arxiv.org/abs/1611.04076.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from mmgan_core.contracts import Critique, Loss
from mmgan_core.options import Options


class LeastSquaresOptions(Options):
    """`objectives/least-squares` has no options."""


class LeastSquares(Loss):
    """Logits may have any shape."""

    Options = LeastSquaresOptions
    ignores_padding: ClassVar[bool] = True

    def discriminator(self, real: Critique, fake: Critique) -> Tensor:
        """Real logits at 1, fake ones at 0."""
        of_real = real.mean((real.logits - 1).square())
        return (of_real + fake.mean(fake.logits.square())) / 2

    def generator(self, real: Critique | None, fake: Critique) -> Tensor:
        """Fake logits at 1."""
        return fake.mean((fake.logits - 1).square()) / 2
