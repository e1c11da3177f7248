"""Cycle consistency: what is made of a sample must lead back to it.

Entry b is made from a given sample of a, G_b(z, c(a)). Given in its place, what was made must give
a again:

    mean |G_a(z', c(G_b(z, c(a)))) - a|        l1, or its square (l2)

No row of a has to belong to a row of b. Zhu et al. 2017, "Unpaired image-to-image translation using
cycle-consistent adversarial networks", https://arxiv.org/abs/1703.10593 (weight 10, and the same
for a). It works for any two kinds of data whose encoders can encode samples.

Data augmentations that move samples of a are refused, for c(a) is of a where it was; so are those
of b if G_b follows maps of a, which then move.

Use it with `train: {encoders: generator}`, so that the encoders learn to keep what leads back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field
from torch import Tensor

from mmgan_core.contracts import AuxiliaryLoss, Beside, GeneratorStep, mean_where
from mmgan_core.errors import BadValue
from mmgan_core.options import Options


class CycleOptions(Options):
    """Options of `objectives/cycle`."""

    back: str = Field(description="the made entry that is to come back; this one is made of it")
    given: str = Field(description="the given entry that stands for samples of this made entry")
    norm: Literal["l1", "l2"] = Field("l1", description="absolute or squared differences")


class Cycle(AuxiliaryLoss):
    """A mean over rows and all numbers of a sample."""

    Options = CycleOptions
    options: CycleOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"back": "other", "given": "a"}, {"back": "other", "given": "a", "norm": "l2"})

    @classmethod
    def check(cls, options: CycleOptions, beside: Beside) -> None:
        """Both names must be there, and the way must end in the frame in which it began."""
        beside.other(options.back)
        beside.encoder_of_samples(options.given, of=options.back)
        if beside.cut.get(beside.entry) != beside.cut.get(options.back):
            raise BadValue(
                f"make.{beside.entry}.window and make.{options.back}.window cut at different "
                "places: make them the same part of samples that divide alike, or leave both out"
            )
        own = beside.generators[beside.entry]
        followed = "maps" in own.reads and own.condition.map_channels
        for entry in (options.back, beside.entry) if followed else (options.back,):
            if entry in beside.moved:
                raise BadValue(
                    f"{beside.moved[entry]} (make.{entry}.data_augment) moves samples of {entry} "
                    "alone, so that none could come back to its place: leave it out"
                )

    def forward(self, step: GeneratorStep) -> Tensor:
        """0 where every sample comes back as it was."""
        other = step.other(self.options.back)
        condition = step.condition_from({self.options.given: step.fake}, of=self.options.back)
        again = other.generator(other.noise, condition)
        difference = again.float() - other.real.float()
        distance: Tensor = difference.abs() if self.options.norm == "l1" else difference.square()
        return mean_where(distance, other.condition.places)
