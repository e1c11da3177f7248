"""Binary cross-entropy on logits, so that tests need no other plugin. With f(t) = log(1 + e^t):

    L_D = E f(-D(x)) + E f(D(y))        L_G = E f(-D(y))

Both are minimised; x is real, y is fake. Goodfellow et al. 2014, "Generative adversarial nets",
https://arxiv.org/abs/1406.2661, in the non-saturating form.
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
        """Real samples have the label 1, fake ones 0."""
        return softplus(-real.logits).mean() + softplus(fake.logits).mean()

    def generator(self, real: Critique | None, fake: Critique) -> Tensor:
        """Fake samples have the label 1."""
        return softplus(-fake.logits).mean()
