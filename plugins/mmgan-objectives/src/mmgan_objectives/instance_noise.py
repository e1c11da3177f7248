"""Instance noise: Gaussian noise on the real and fake samples that the discriminator gets.

    x + sigma e,    e from N(0, 1)

It gives the two distributions a common support: Sønderby et al. 2017, "Amortised MAP inference for
image super-resolution", https://arxiv.org/abs/1610.04490. It works for any modality.
"""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core.contracts import Augmentation, Change, kept_places
from mmgan_core.options import Options


class InstanceNoiseOptions(Options):
    """Options of `objectives/instance-noise`."""

    sigma: float = Field(0.1, ge=0, description="standard deviation, in the samples' units")


class InstanceNoise(Augmentation):
    """Samples (B, ...) to noisy samples; a sampled change adds the same noise at every call."""

    Options = InstanceNoiseOptions
    options: InstanceNoiseOptions

    def sample(self, like: Tensor) -> Change:
        """Sample noise for one batch."""
        noise = self.options.sigma * torch.randn_like(like)
        return Change(lambda sample: sample + noise, move=kept_places)
