"""A term that pulls the given modalities together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from torch import Tensor, nn

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.condition import Encoding
from mmgan_core.options import Options as BaseOptions


class Alignment(nn.Module, Component, ABC):
    """A loss over the encodings of one batch, minimised in the discriminator phase.

    Encoders that learn from the adversarial loss alone hardly learn; this is what teaches them.
    """

    def __init__(self, options: BaseOptions, dims: Mapping[str, int]) -> None:
        """``dims``: size of each given entry's pooled encoding."""
        super().__init__()
        self.options = options
        self.dims = dict(dims)

    @abstractmethod
    def forward(self, encodings: Mapping[str, Encoding], same: Tensor) -> Tensor:
        """A scalar to minimise.

        Args:
            encodings: by given entry, ``pooled`` (B, E).
            same: (B, B) True where two rows of the batch mean the same thing.
        """
