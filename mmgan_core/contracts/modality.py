"""A kind of data: how a value becomes tensors, and tensors something to see, hear or read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.sample_space import SampleSpace
from mmgan_core.errors import BadValue
from mmgan_core.foundation.boxes import boxes
from mmgan_core.options import Options as BaseOptions

if TYPE_CHECKING:
    from PIL.Image import Image

    from mmgan_core.contracts.data_source import Column


class Modality(Component, ABC):
    """One entry of a recipe's ``given`` or ``make``: a kind of data, with its options.

    Attributes:
        kind: the kind of data.
        mask_kinds: what shapes of missing parts it can draw; see ``sample_masks``.
        endings: what the files that ``save`` writes end in, without the dot, such as
            ``("mid",)``; a published model holds samples of these endings, and no others.
        saves_pictures: whether ``save`` writes pictures that browsers show; a model's card shows
            one, where it has no sample sheet, and links other files.
        memory_format: how a batch of samples lies in memory. Samples (B, C, H, W) that
            convolutions read are fastest as ``torch.channels_last``.

    A value goes through three forms. *Raw* is what a user or a data source holds: a path, encoded
    bytes, a PIL image, a string. *Decoded* is the one Python form the modality has for it (PIL
    image, waveform, string). *Prepared* is a compact tensor that loaders keep on disk;
    ``to_sample`` makes of it, on the device, what generators make and discriminators see.
    """

    kind: ClassVar[str]
    mask_kinds: ClassVar[tuple[str, ...]] = ("box",)
    endings: ClassVar[tuple[str, ...]] = ("txt",)
    saves_pictures: ClassVar[bool] = False
    memory_format: ClassVar[torch.memory_format] = torch.contiguous_format

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
    def render(self, value: object) -> Image:
        """How a decoded value is drawn on a sample sheet."""

    @abstractmethod
    def save(self, value: object, stem: Path) -> Path:
        """Write a decoded value beside ``stem`` in the modality's usual format; returns the file"""

    @property
    def mask_shape(self) -> tuple[int, ...]:
        """Shape of a mask of what is missing: one number a place, which broadcasts to a sample.

        By default the first size is that of channels, which are missing or there together.
        """
        return (1, *self.space.shape[1:])

    def prepare_masks(self, masks: Sequence[object], values: Sequence[object]) -> Tensor:
        """Masks as a person gives them, (B, *mask_shape) on the CPU: 1 = missing, 0 = known.

        Args:
            masks: raw masks, in whatever form this kind of data has for them.
            values: the raw value that each is of.

        Raises:
            BadValue: if one cannot be read or does not fit its value, or there is no such form.
        """
        raise BadValue(f"{self.kind} has no form of masks yet; give a shape: {self.mask_kinds[0]}")

    def sample_masks(self, mask_kind: str, count: int, low: float, high: float) -> Tensor:
        """Masks from the global random state, (B, *mask_shape) on the CPU, 1 = missing.

        Args:
            mask_kind: one of ``mask_kinds``; also ``"centre"``, the same box for all, half as long
                as each side, and ``"everything"``.
            count: B.
            low: least share of what is missing.
            high: largest share.
        """
        if mask_kind == "everything":
            return torch.ones(count, *self.mask_shape)
        if mask_kind == "centre":
            half = 0.5 ** sum(size > 1 for size in self.mask_shape)
            return boxes(self.mask_shape, torch.full((count,), half), centred=True)
        return boxes(self.mask_shape, low + (high - low) * torch.rand(count))
