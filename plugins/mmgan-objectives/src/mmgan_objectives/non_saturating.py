"""Non-saturating loss: binary cross-entropy on logits, both halves minimised.

With f(t) = softplus(t) and label smoothing s:

    L_D = E [(1 - s) f(-D(x)) + s f(D(x))] + E f(D(y))        L_G = E f(-D(y))

Goodfellow et al. 2014; one-sided smoothing: Salimans et al. 2016. L_G is not minus the second term
of L_D: it has the same fixed point, and a gradient while the discriminator is sure.
"""

from __future__ import annotations

from pydantic import Field
from torch import Tensor
from torch.nn.functional import softplus

from mmgan_core.contracts import Critique, Loss
from mmgan_core.options import Options


class NonSaturatingOptions(Options):
    """Options of `objectives/non-saturating`."""

    smooth: float = Field(0.0, ge=0, lt=0.5, description="how far real labels lie under 1")


class NonSaturating(Loss):
    """Logits may have any shape."""

    Options = NonSaturatingOptions
    options: NonSaturatingOptions

    def discriminator(self, real: Critique, fake: Critique) -> Tensor:
        """Real as 1, fake as 0."""
        smooth = self.options.smooth
        of_real = (1 - smooth) * softplus(-real.logits) + smooth * softplus(real.logits)
        return of_real.mean() + softplus(fake.logits).mean()

    def generator(self, real: Critique | None, fake: Critique) -> Tensor:
        """Fake as 1."""
        return softplus(-fake.logits).mean()
