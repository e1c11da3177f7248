"""R1: keeps the discriminator flat at real samples, so that training converges.

    E |grad D(x)|^2 / 2,    x real

Mescheder et al. 2018, "Which training methods for GANs do actually converge?",
https://arxiv.org/abs/1801.04406.
"""

from __future__ import annotations

from torch import Tensor

from mmgan_core.contracts import Critic, Penalty
from mmgan_core.options import Options
from mmgan_objectives.slope import squared_slope


class R1Options(Options):
    """`objectives/r1` has no options of its own; its weight is the paper's gamma."""


class R1(Penalty):
    """Exact, by a double backward pass."""

    Options = R1Options

    def __call__(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        """The mean over the batch."""
        return squared_slope(critic, real).mean() / 2
