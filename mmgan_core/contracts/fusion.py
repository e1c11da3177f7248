"""Any subset of encodings becomes one Condition."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from torch import Tensor, nn

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.condition import Condition, ConditionSpace, Encoding
from mmgan_core.options import Options as BaseOptions


class Fusion(nn.Module, Component, ABC):
    """Fuses the encodings of whatever was given; what is absent must not matter.

    Attributes:
        space: sizes of the conditions it makes.
    """

    space: ConditionSpace

    def __init__(self, options: BaseOptions, dims: Mapping[str, int]) -> None:
        """``dims``: size of each given entry's pooled encoding, in the recipe's order."""
        super().__init__()
        self.options = options
        self.dims = dict(dims)

    @abstractmethod
    def forward(
        self, encodings: Mapping[str, Encoding], present: Mapping[str, Tensor]
    ) -> Condition:
        """One condition a row.

        Args:
            encodings: by given entry; every entry is there, and holds zeros where absent.
            present: by given entry, (B,) True where the row has it.
        """

    def keep(self, present: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Modality dropout: which of the present entries training shows, row by row.

        Called in training only, with the global random state seeded for the step.
        """
        return dict(present)
