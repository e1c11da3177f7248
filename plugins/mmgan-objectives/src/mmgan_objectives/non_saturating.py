"""Non-saturating loss: binary cross-entropy on logits, the loss of the first GAN.

With f(t) = softplus(t) = log(1 + e^t) and label smoothing s:

    L_D = E [(1 - s) f(-D(x)) + s f(D(x))] + E f(D(y))        L_G = E f(-D(y))

Both are minimised; x is real, y is fake. L_G is not the negative of the second half of L_D: it has
the same fixed point, and still a gradient when the discriminator is sure. Goodfellow et al. 2014,
"Generative adversarial nets", https://arxiv.org/abs/1406.2661; one-sided smoothing: Salimans et al.
2016, https://arxiv.org/abs/1606.03498.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import Tensor
from torch.nn.functional import softplus

from mmgan_core.contracts import Critique, Loss
from mmgan_core.options import Options


class NonSaturatingOptions(Options):
    """Options of `objectives/non-saturating`."""

    smooth: float = Field(
        0.0, ge=0, lt=0.5, description="how far the labels of real samples lie below 1"
    )


class NonSaturating(Loss):
    """Logits may have any shape."""

    Options = NonSaturatingOptions
    options: NonSaturatingOptions
    ignores_padding: ClassVar[bool] = True

    def discriminator(self, real: Critique, fake: Critique) -> Tensor:
        """Real samples have the label 1, fake ones 0."""
        smooth = self.options.smooth
        of_real = (1 - smooth) * softplus(-real.logits) + smooth * softplus(real.logits)
        return real.mean(of_real) + fake.mean(softplus(fake.logits))

    def generator(self, real: Critique | None, fake: Critique) -> Tensor:
        """Fake samples have the label 1."""
        return fake.mean(softplus(-fake.logits))
