"""Which part of a given value makes samples what they are: words, moments of a sound, regions.

What can be left out, each modality says of itself (`Modality.parts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from pydantic import Field
from torch import Tensor

from mmgan_core.contracts import Explained, Explainer, Explanation
from mmgan_core.explaining.deletion import belief, by_deletion
from mmgan_core.options import Options as BaseOptions


class PartsOptions(BaseOptions):
    """Options of `core/parts`."""

    most: int = Field(64, ge=1, description="values with more parts of a sort are not looked at")


class Parts(Explainer):
    """Leaves out one part of a given value after the other, while the noise stays."""

    Options = PartsOptions
    options: PartsOptions

    def explain(self, explained: Explained) -> list[Explanation]:
        """Return the influence of each part of each given value that has parts."""
        return [
            self._of(explained, entry, family, tuple(units))
            for entry, value in explained.given.items()
            for family, units in explained.modalities[entry].parts(value).items()
            if 0 < len(units) <= self.options.most and self.can(explained, entry)
        ]

    def can(self, explained: Explained, entry: str) -> bool:
        """Whether the parts of a given entry can be explained."""
        return True

    def influence(
        self, explained: Explained, entry: str, family: str, units: int
    ) -> tuple[Tensor | None, str]:
        """The influence of each part on each sample, (units, B), and what to say of it.

        None stands for how far samples change without the part.
        """
        return None, ""

    def _of(
        self, explained: Explained, entry: str, family: str, units: tuple[str, ...]
    ) -> Explanation:
        change = partial(_change, explained, entry, family)
        found, said = self.influence(explained, entry, family, len(units))
        influence, test = by_deletion(
            len(units), change, orders=explained.orders, seed=explained.seed, influence=found
        )
        return Explanation(
            title=f"{family} of {entry}",
            units=units,
            influence=influence,
            measure=f"change of {explained.made}",
            believe=belief(test) + said,
            entry=entry,
            family=family,
            test=test,
        )


def _change(explained: Explained, entry: str, family: str, gone: Sequence[int]) -> Tensor:
    return explained.change(explained.without(entry, family, gone))
