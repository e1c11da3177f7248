"""A fusion: turns any subset of the encodings into one Condition."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from torch import Tensor, nn

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.condition import Condition, ConditionSpace, Encoding
from mmgan_core.options import Options as BaseOptions


class Fusion(nn.Module, Component, ABC):
    """Fuses the encodings of the entries that are given; absent entries must make no difference.

    Attributes:
        space: the sizes of the conditions that it makes.
    """

    space: ConditionSpace

    def __init__(self, options: BaseOptions, dims: Mapping[str, int]) -> None:
        """``dims``: the size E of each given entry's pooled encoding, in the recipe's order."""
        super().__init__()
        self.options = options
        self.dims = dict(dims)

    @abstractmethod
    def forward(
        self, encodings: Mapping[str, Encoding], present: Mapping[str, Tensor]
    ) -> Condition:
        """Return one condition for each row.

        Args:
            encodings: the encoding of each given entry; all zeros for an entry that is absent.
            present: for each given entry, (B,), True in the rows where it is present.
        """

    def keep(self, present: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Choose which of the present entries training shows in each row (modality dropout).

        It is called only in training, with the global random state seeded for the step.
        """
        return dict(present)
