"""An alignment: a loss that pulls the encodings of what means the same together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor, nn

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.condition import Encoding
from mmgan_core.options import Options as BaseOptions


class Alignment(nn.Module, Component, ABC):
    """A loss over the encodings of one batch, minimised in the discriminator phase.

    A trainable encoder barely learns from the adversarial loss alone; an alignment trains it.

    Attributes:
        takes_present: whether ``forward`` also takes ``present``. Recipes in which a given value
            may be missing need it.
    """

    takes_present: ClassVar[bool] = False

    def __init__(self, options: BaseOptions, dims: Mapping[str, int]) -> None:
        """``dims``: the size E of each given entry's pooled encoding."""
        super().__init__()
        self.options = options
        self.dims = dict(dims)

    @abstractmethod
    def forward(
        self,
        encodings: Mapping[str, Encoding],
        same: Tensor,
        present: Mapping[str, Tensor] | None = None,
    ) -> Tensor:
        """Return a scalar to minimise, unweighted.

        Args:
            encodings: the encoding of each given entry; its ``pooled`` is (B, E).
            same: (B, B), True where two rows of the batch mean the same thing.
            present: for each given entry, the rows that have a value, (B,); encodings of the other
                rows mean nothing. None, and never passed, if no value may be missing; an alignment
                whose ``takes_present`` is False need not have this argument.
        """
