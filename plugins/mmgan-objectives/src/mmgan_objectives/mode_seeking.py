"""Mode seeking: different noise must make different samples, against mode collapse.

    L = 1 / (d(G(z, c), G(z', c)) / d(z, z') + floor)

d is the mean absolute difference and z' is fresh noise, so that minimising L makes samples move
more when the noise moves. In repair, d is a mean over the missing places. Mao et al. 2019, "Mode
seeking generative adversarial networks for diverse image synthesis",
https://arxiv.org/abs/1903.05628. It works for any modality, and makes samples a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core.contracts import AuxiliaryLoss, Condition, GeneratorStep, mean_where
from mmgan_core.options import Options


class ModeSeekingOptions(Options):
    """Options of `objectives/mode-seeking`."""

    floor: float = Field(
        0.01, gt=0, description="limits the loss to 1 / floor, which noise without effect costs"
    )


class ModeSeeking(AuxiliaryLoss):
    """Both differences are means over all rows, so that no single row decides."""

    Options = ModeSeekingOptions
    options: ModeSeekingOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"floor": 0.1})

    def forward(self, step: GeneratorStep) -> Tensor:
        """Smaller if samples of the same condition differ more."""
        noise = torch.randn_like(step.noise)
        other = step.generator(noise, step.condition)
        difference = (step.fake.float() - other.float()).abs()
        moved = mean_where(difference, self._free(step.condition))
        ratio = moved / (step.noise - noise).float().abs().mean()
        return 1 / (ratio + self.options.floor)

    def _free(self, condition: Condition) -> Tensor | None:
        """The places that noise can decide: missing ones in repair, and none that are padding."""
        places, masked = condition.places, condition.masked
        if masked is None:
            return places
        return masked.mask if places is None else masked.mask * places
