"""R2: half the squared slope of the discriminator at made samples, E |grad D|^2 / 2.

Mescheder et al. 2018, "Which training methods for GANs do actually converge?".
"""

from __future__ import annotations

from torch import Tensor

from mmgan_core.contracts import Critic, Penalty
from mmgan_core.options import Options
from mmgan_objectives.slope import squared_slope


class R2Options(Options):
    """`objectives/r2` has no options of its own: its weight is gamma."""


class R2(Penalty):
    """Exact, by double backward."""

    Options = R2Options

    def __call__(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        """Mean over the batch."""
        return squared_slope(critic, fake).mean() / 2
