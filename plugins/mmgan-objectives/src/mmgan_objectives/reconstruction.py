"""Reconstruction: made samples drawn to the real ones of their rows.

The mean of |G(z, c) - x| (l1) or of its square (l2). Where samples are repaired, the mean over what
is missing and the mean over what is known count apart. Pathak et al. 2016, "Context encoders:
feature learning by inpainting", https://arxiv.org/abs/1604.07379 (l2, what is missing alone); Isola
et al. 2017, "Image-to-image translation with conditional adversarial networks",
https://arxiv.org/abs/1611.07004 (l1).

It makes sense where the condition all but decides the sample: where it does not, the mean of all
that is possible is the nearest, and that is blurred.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor

from mmgan_core.contracts import AuxiliaryLoss, GeneratorStep
from mmgan_core.options import Options
from mmgan_objectives.places import mean_where


class ReconstructionOptions(Options):
    """Options of `objectives/reconstruction`; the weights of parts matter in repairs alone."""

    norm: Literal["l1", "l2"] = Field("l1", description="absolute or squared differences")
    missing: float = Field(1.0, ge=0, description="weight of what is missing")
    known: float = Field(
        0.0, ge=0, description="weight of what is known, which is put back into what is made anyway"
    )


class Reconstruction(AuxiliaryLoss):
    """A mean over places, rows and channels."""

    Options = ReconstructionOptions
    options: ReconstructionOptions
    paired: ClassVar[bool] = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"norm": "l2", "known": 10.0})

    def forward(self, step: GeneratorStep) -> Tensor:
        """0 where real and made samples are the same."""
        apart = step.fake.float() - step.real.float()
        apart = apart.abs() if self.options.norm == "l1" else apart.square()
        if step.condition.masked is None:
            return apart.mean()
        missing = step.condition.masked.mask
        return self.options.missing * mean_where(apart, missing) + (
            self.options.known * mean_where(apart, 1 - missing)
        )
