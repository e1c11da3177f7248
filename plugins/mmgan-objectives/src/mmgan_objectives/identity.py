"""Identity: a sample that already is what this entry makes must stay as it is.

This entry is made from a given one, G(z, c(b)). A real sample x of this entry, given in its place,
must come out unchanged:

    mean |G(z, c(x)) - x|        l1, or its square (l2)

It keeps what the kinds of data share, such as colours, which `objectives/cycle` lets change as long
as they change back. Taigman et al. 2017, "Unsupervised cross-domain image generation",
https://arxiv.org/abs/1611.02200; Zhu et al. 2017, https://arxiv.org/abs/1703.10593, section 5.2
(half the weight of the cycle). Both kinds must have samples of one shape.

Use it with `train: {encoders: generator}`, beside `objectives/cycle`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field
from torch import Tensor

from mmgan_core.contracts import AuxiliaryLoss, GeneratorStep, mean_where
from mmgan_core.options import Options


class IdentityOptions(Options):
    """Options of `objectives/identity`."""

    given: str = Field(description="the given entry that this one is made of, of the other kind")
    norm: Literal["l1", "l2"] = Field("l1", description="absolute or squared differences")


class Identity(AuxiliaryLoss):
    """A mean over rows and all numbers of a sample."""

    Options = IdentityOptions
    options: IdentityOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"given": "a"}, {"given": "a", "norm": "l2"})

    def forward(self, step: GeneratorStep) -> Tensor:
        """0 where every real sample stays as it was."""
        condition = step.condition_from({self.options.given: step.real})
        difference = step.generator(step.noise, condition).float() - step.real.float()
        distance: Tensor = difference.abs() if self.options.norm == "l1" else difference.square()
        return mean_where(distance, step.condition.places)
