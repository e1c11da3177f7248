"""Integrated gradients: the slope of samples along the straight way from nothing to a value.

The influence of a part is its own share of the whole slope (Sundararajan et al. 2017, "Axiomatic
attribution for deep networks", https://arxiv.org/abs/1703.01365), so that influences sum to the
change from nothing. captum integrates.
"""

from __future__ import annotations

from pydantic import Field
from torch import Tensor

from mmgan_core.explaining.attributed import Along, Attributed
from mmgan_core.explaining.parts import PartsOptions

_AT_ONCE = 64
# Where sums miss more of the change than this, it is said.
_MISSED = 0.05


class IntegratedGradientsOptions(PartsOptions):
    """Options of `core/integrated-gradients`."""

    steps: int = Field(32, ge=1, le=1024, description="at how many places the slope is taken")


class IntegratedGradients(Attributed):
    """Takes the slope along the way from nothing of a given value to all of it."""

    Options = IntegratedGradientsOptions
    options: IntegratedGradientsOptions

    def attributed(self, along: Along, amounts: Tensor, rows: Tensor) -> Tensor:
        """By captum."""
        from captum.attr import IntegratedGradients as Captum

        found: Tensor = Captum(along).attribute(
            amounts,
            additional_forward_args=(rows,),
            n_steps=self.options.steps,
            internal_batch_size=max(_AT_ONCE, len(rows)),
        )
        return found

    def summed(self, found: float, whole: float) -> str:
        """How much of the change the steps miss, if that is much."""
        missed = abs(found - whole)
        if missed <= _MISSED * whole:
            return ""
        return (
            f" The influences sum to {found:.3f}, and the change from nothing is {whole:.3f}: "
            "what is made jumps between the steps, as where a prior draws what is not given."
        )
