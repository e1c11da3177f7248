"""A given value becomes an Encoding."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from torch import Tensor, nn

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.condition import Encoding
from mmgan_core.contracts.modality import Modality
from mmgan_core.options import Options as BaseOptions


class Encoder(nn.Module, Component, ABC):
    """Turns given values of one modality into an Encoding.

    ``prepare`` is everything that does not learn: decoding, feature extraction, a frozen
    pretrained network. Its result is computed once for each distinct value and kept on disk.
    ``forward`` is what learns, and the only part whose weights are saved.

    Attributes:
        dim: size E of ``Encoding.pooled``.
        in_workers: whether ``prepare`` may run in several loader processes at once; False for
            a frozen network, which is loaded once.
    """

    in_workers: ClassVar[bool] = True
    dim: int

    def __init__(self, options: BaseOptions, modality: Modality) -> None:
        super().__init__()
        self.options = options
        self.modality = modality

    def prepare(self, values: Sequence[object]) -> dict[str, Tensor]:
        """Raw values as compact tensors on the CPU, each (B, ...).

        Raises:
            BadValue: if a value cannot be read.
        """
        return {"prepared": self.modality.prepare(values)}

    @abstractmethod
    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """What ``prepare`` made, on the device, as an Encoding."""
