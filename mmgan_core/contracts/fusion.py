"""A fusion: turns any subset of the encodings into one Condition."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from torch import Tensor, nn

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.condition import (
    Condition,
    ConditionSpace,
    Encoding,
    EncodingSpace,
)
from mmgan_core.options import Options as BaseOptions


class Fusion(nn.Module, Component, ABC):
    """Fuses the encodings of the entries that are given; absent entries must make no difference.

    A fusion makes one vector of all vectors. It may ignore tokens and maps: the GAN then joins
    those of all entries and adds them to the condition. A fusion that makes tokens or maps itself
    says so in its ``space``, and the GAN adds none.

    Attributes:
        space: the sizes of the conditions that it makes.
        spaces: what the encoder of each given entry makes, in the recipe's order.
        dims: the size of each vector; entries without a vector are left out.
    """

    space: ConditionSpace

    def __init__(self, options: BaseOptions, spaces: Mapping[str, EncodingSpace]) -> None:
        """``spaces``: what the encoder of each given entry makes, in the recipe's order."""
        super().__init__()
        self.options = options
        self.spaces = dict(spaces)
        self.dims = {name: space.dim for name, space in spaces.items() if space.dim}

    @abstractmethod
    def forward(
        self, encodings: Mapping[str, Encoding], present: Mapping[str, Tensor]
    ) -> Condition:
        """Return one condition for each row.

        Args:
            encodings: the encoding of each given entry; where it is absent in all rows, zeros of
                the declared sizes, its tokens all padding.
            present: for each given entry, (B,), True in the rows where it is present.
        """

    def shares(
        self, encodings: Mapping[str, Encoding], present: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Which part of each condition is due to each entry, where the fusion knows it exactly.

        Args:
            encodings, present: as in ``forward``.

        Returns:
            For each entry, and for what is due to none ("") such as a prior, (B,) from 0 to 1,
            which sum to 1; an absent entry has 0. Nothing, if it cannot be known.
        """
        return {}

    def keep(self, present: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Choose which of the present entries training shows in each row (modality dropout).

        It is called only in training, with the global random state seeded for the step.
        """
        return dict(present)
