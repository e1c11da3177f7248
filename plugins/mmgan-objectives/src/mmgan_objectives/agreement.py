"""Agreement: samples of two made entries in one row must mean the same.

    1 - mean cosine(E(x), E'(y))

x are this entry's samples, y those of another made entry, and E and E' the encoders of given
entries that stand for them. The encoders must speak of the same things, as an alignment teaches
them: Radford et al. 2021, "Learning transferable visual models from natural language supervision",
https://arxiv.org/abs/2103.00020, compare pictures with texts so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field
from torch import Tensor
from torch.nn.functional import cosine_similarity

from mmgan_core.contracts import AuxiliaryLoss, Beside, GeneratorStep
from mmgan_core.errors import BadValue
from mmgan_core.options import Options


class AgreementOptions(Options):
    """Options of `objectives/agreement`."""

    given: str = Field(description="the given entry whose encoder reads this entry's samples")
    other: str = Field(description="the other made entry")
    other_given: str = Field(description="the given entry whose encoder reads the other's samples")


class Agreement(AuxiliaryLoss):
    """From 0, where all encodings point the same way, to 2."""

    Options = AgreementOptions
    options: AgreementOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"given": "a", "other": "other", "other_given": "b"},)

    @classmethod
    def check(cls, options: AgreementOptions, beside: Beside) -> None:
        """All three names must be there, and both encoders must make vectors of one size."""
        beside.other(options.other)
        own = beside.encoder_of_samples(options.given).dim
        theirs = beside.encoder_of_samples(options.other_given, made=options.other).dim
        if own != theirs:
            raise BadValue(
                f"encodings of {options.given} and {options.other_given} differ in size, "
                f"{own} and {theirs}: make them equal, with dim"
            )

    def forward(self, step: GeneratorStep) -> Tensor:
        """Both generators learn."""
        other = step.other(self.options.other)
        own = step.encode(self.options.given, step.fake).pooled.float()
        theirs = step.encode(self.options.other_given, other.fake).pooled.float()
        if own.shape != theirs.shape:
            raise BadValue(
                f"encodings of {self.options.given} and {self.options.other_given} differ in size, "
                f"{own.shape[1]} and {theirs.shape[1]}: make them equal, with dim"
            )
        return 1 - cosine_similarity(own, theirs).mean()
