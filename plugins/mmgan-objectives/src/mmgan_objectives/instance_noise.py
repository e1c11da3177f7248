"""Instance noise: Gaussian noise on real and made samples before they are judged.

It gives the two distributions a common support: Sønderby et al. 2017, "Amortised MAP inference for
image super-resolution". Any modality.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core.contracts import Augmentation
from mmgan_core.options import Options


class InstanceNoiseOptions(Options):
    """Options of `objectives/instance-noise`."""

    sigma: float = Field(0.1, ge=0, description="standard deviation, in units of the samples")


class InstanceNoise(Augmentation):
    """x + sigma e; every call of one draw adds the same e."""

    Options = InstanceNoiseOptions
    options: InstanceNoiseOptions

    def sample(self, like: Tensor) -> Callable[[Tensor], Tensor]:
        """Noise for one batch."""
        noise = self.options.sigma * torch.randn_like(like)
        return lambda sample: sample + noise
