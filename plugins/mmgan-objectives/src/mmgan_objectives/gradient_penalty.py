"""Gradient penalty: E (|grad D| - target)^2 at random points between real and made samples.

Gulrajani et al. 2017, "Improved training of Wasserstein GANs" (weight 10, target 1).
"""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core.contracts import Critic, Penalty
from mmgan_core.options import Options
from mmgan_objectives.slope import squared_slope


class GradientPenaltyOptions(Options):
    """Options of `objectives/gradient-penalty`."""

    target: float = Field(1.0, ge=0, description="the slope wanted")


class GradientPenalty(Penalty):
    """Exact, by double backward."""

    Options = GradientPenaltyOptions
    options: GradientPenaltyOptions

    def __call__(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        """Mean over the batch; real and fake rows are paired."""
        share = torch.rand(len(real), *[1] * (real.dim() - 1), device=real.device)
        between = torch.lerp(real, fake.to(real.dtype), share.to(real.dtype))
        # The root's own slope is infinite at 0.
        slope = (squared_slope(critic, between) + 1e-12).sqrt()
        return (slope - self.options.target).square().mean()
