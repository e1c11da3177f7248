"""Mode seeking: other noise is to make other samples.

    L = 1 / (d(G(z, c), G(z', c)) / d(z, z') + floor)

with d the mean absolute difference and z' fresh noise: to minimise it is to maximise how far
samples move as the noise does. Where samples are repaired, d is taken over what is missing. Mao et
al. 2019, "Mode seeking generative adversarial networks for diverse image synthesis",
https://arxiv.org/abs/1903.05628. Any modality; it makes samples a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core.contracts import AuxiliaryLoss, GeneratorStep
from mmgan_core.options import Options
from mmgan_objectives.places import mean_where


class ModeSeekingOptions(Options):
    """Options of `objectives/mode-seeking`."""

    floor: float = Field(
        0.01, gt=0, description="so that noise that changes nothing costs 1 / floor, and no more"
    )


class ModeSeeking(AuxiliaryLoss):
    """Means over rows before they are divided, so that no single row decides."""

    Options = ModeSeekingOptions
    options: ModeSeekingOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"floor": 0.1})

    def forward(self, step: GeneratorStep) -> Tensor:
        """Falls as samples of the same condition differ more."""
        noise = torch.randn_like(step.noise)
        other = step.generator(noise, step.condition)
        apart = (step.fake.float() - other.float()).abs()
        masked = step.condition.masked
        moved = apart.mean() if masked is None else mean_where(apart, masked.mask)
        ratio = moved / (step.noise - noise).float().abs().mean()
        return 1 / (ratio + self.options.floor)
