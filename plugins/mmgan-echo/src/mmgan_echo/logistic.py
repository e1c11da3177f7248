"""Binary cross-entropy on logits, both halves minimised. With f(t) = log(1 + e^t):

    L_D = E f(-D(x)) + E f(D(y))        L_G = E f(-D(y))

Goodfellow et al. 2014, the non-saturating form.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import softplus

from mmgan_core import Options
from mmgan_core.contracts import Critique, Loss


class LogisticOptions(Options):
    """`echo/logistic` has no options."""


class Logistic(Loss):
    """Logits may have any shape."""

    Options = LogisticOptions

    def discriminator(self, real: Critique, fake: Critique) -> Tensor:
        """Real as 1, fake as 0."""
        return softplus(-real.logits).mean() + softplus(fake.logits).mean()

    def generator(self, real: Critique | None, fake: Critique) -> Tensor:
        """Fake as 1."""
        return softplus(-fake.logits).mean()
