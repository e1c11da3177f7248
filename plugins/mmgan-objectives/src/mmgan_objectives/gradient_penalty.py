"""Gradient penalty of WGAN-GP: keeps the slope of the critic near a target.

    E (|grad D(u)| - target)^2,    u at random points between real and fake samples

Gulrajani et al. 2017, "Improved training of Wasserstein GANs", https://arxiv.org/abs/1704.00028
(weight 10, target 1).
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

    target: float = Field(1.0, ge=0, description="the wanted slope")


class GradientPenalty(Penalty):
    """Exact, by a double backward pass."""

    Options = GradientPenaltyOptions
    options: GradientPenaltyOptions

    def __call__(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        """The mean over the batch; real and fake rows are paired."""
        share = torch.rand(len(real), *[1] * (real.dim() - 1), device=real.device)
        between = torch.lerp(real, fake.to(real.dtype), share.to(real.dtype))
        # The derivative of a root is infinite at 0.
        slope = (squared_slope(critic, between) + 1e-12).sqrt()
        return (slope - self.options.target).square().mean()
