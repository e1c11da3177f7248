"""An encoder: turns given values into an Encoding."""

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
    """Turns the given values of one modality into an Encoding.

    ``prepare`` does everything that does not learn: decoding, feature extraction, a frozen
    pretrained network. Its results are computed once for each distinct value and cached on disk.
    ``forward`` is the part that learns, and only its weights are saved.

    Attributes:
        dim: the size E of ``Encoding.pooled``.
        in_workers: whether ``prepare`` may run in several processes at once; False for a frozen
            network, which is loaded only once.
    """

    in_workers: ClassVar[bool] = True
    dim: int

    def __init__(self, options: BaseOptions, modality: Modality) -> None:
        super().__init__()
        self.options = options
        self.modality = modality

    def prepare(self, values: Sequence[object]) -> dict[str, Tensor]:
        """Turn raw values into compact tensors on the CPU, each (B, ...).

        Raises:
            BadValue: if a value cannot be read.
        """
        return {"prepared": self.modality.prepare(values)}

    @abstractmethod
    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """Encode the tensors that ``prepare`` made, which are now on the device."""
