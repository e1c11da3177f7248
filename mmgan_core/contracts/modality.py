"""A kind of data: how a value becomes tensors, and tensors something to see, hear or read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from torch import Tensor

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.sample_space import SampleSpace
from mmgan_core.options import Options as BaseOptions

if TYPE_CHECKING:
    from PIL.Image import Image

    from mmgan_core.contracts.data_source import Column


class Modality(Component, ABC):
    """One entry of a recipe's ``given`` or ``make``: a kind of data, with its options.

    A value goes through three forms. *Raw* is what a user or a data source holds: a path, encoded
    bytes, a PIL image, a string. *Decoded* is the one Python form the modality has for it (PIL
    image, waveform, string). *Prepared* is a compact tensor that loaders keep on disk;
    ``to_sample`` makes of it, on the device, what generators make and discriminators judge.
    """

    kind: ClassVar[str]

    def __init__(self, options: BaseOptions) -> None:
        self.options = options

    @property
    @abstractmethod
    def space(self) -> SampleSpace:
        """Shape and range of a sample."""

    @classmethod
    def suggest(cls, column: Column, values: Sequence[object]) -> dict[str, object]:
        """Options read off the data, such as the names of labels.

        Used for every option that the recipe leaves out; the result is written into the run's
        ``resolved.yaml``, so that the model can be used without the data.

        Args:
            column: what the data source says of the column.
            values: up to 256 raw values of the training split.
        """
        return {}

    @abstractmethod
    def decode(self, value: object) -> object:
        """The one Python form of a raw value.

        Raises:
            BadValue: if it cannot be read; the row is counted and skipped.
        """

    @abstractmethod
    def prepare(self, values: Sequence[object]) -> Tensor:
        """Raw values as one compact tensor, (B, ...), on the CPU; called in loader workers."""

    def to_sample(self, prepared: Tensor) -> Tensor:
        """Prepared tensors as float samples, (B, *space.shape), on their device."""
        return prepared

    @abstractmethod
    def present(self, sample: Tensor) -> list[object]:
        """Samples (B, *space.shape) as decoded values: PIL images, waveforms, strings."""

    @abstractmethod
    def picture(self, value: object) -> Image:
        """How a decoded value is drawn on a sample sheet."""

    @abstractmethod
    def save(self, value: object, stem: Path) -> Path:
        """Write a decoded value beside ``stem`` in the modality's usual format; returns the file"""
