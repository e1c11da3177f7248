"""Reconstruction: the distance of fake samples to the real samples of their rows.

It is the mean of |G(z, c) - x| (l1) or of its square (l2). In repair, the mean over missing places
and the mean over known places have weights of their own. Isola et al. 2017, "Image-to-image
translation with conditional adversarial networks", https://arxiv.org/abs/1611.07004 (l1); Pathak et
al. 2016, "Context encoders: feature learning by inpainting", https://arxiv.org/abs/1604.07379 (l2,
missing places only).

Use it where the condition almost decides the sample. Where it does not, the mean of all possible
samples has the smallest distance, and that is a blur.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor

from mmgan_core.contracts import AuxiliaryLoss, GeneratorStep, mean_where
from mmgan_core.options import Options


class ReconstructionOptions(Options):
    """Options of `objectives/reconstruction`; `missing` and `known` matter in repair only."""

    norm: Literal["l1", "l2"] = Field("l1", description="absolute or squared differences")
    missing: float = Field(1.0, ge=0, description="weight of missing places")
    known: float = Field(
        0.0, ge=0, description="weight of known places, which are put back afterwards anyway"
    )


class Reconstruction(AuxiliaryLoss):
    """A mean over rows, channels and places that are no padding."""

    Options = ReconstructionOptions
    options: ReconstructionOptions
    paired: ClassVar[bool] = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"norm": "l2", "known": 10.0})

    def forward(self, step: GeneratorStep) -> Tensor:
        """0 where real and fake samples are the same."""
        difference = step.fake.float() - step.real.float()
        difference = difference.abs() if self.options.norm == "l1" else difference.square()
        places = step.condition.places
        if step.condition.masked is None:
            return mean_where(difference, places)
        mask = step.condition.masked.mask
        missing, known = (
            (mask, 1 - mask) if places is None else (mask * places, (1 - mask) * places)
        )
        return self.options.missing * mean_where(difference, missing) + (
            self.options.known * mean_where(difference, known)
        )
