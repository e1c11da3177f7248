"""The contract of modalities: a kind of data, and how its values become tensors and back."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.portable import NotPortable, Reading, Showing
from mmgan_core.contracts.sample_space import SampleSpace
from mmgan_core.errors import BadValue
from mmgan_core.foundation.boxes import boxes
from mmgan_core.options import Options as BaseOptions

if TYPE_CHECKING:
    from PIL.Image import Image

    from mmgan_core.contracts.data_source import Column


class Modality(Component, ABC):
    """The kind of data of one entry of a recipe's ``given`` or ``make``, with its options.

    Attributes:
        kind: the name of the kind of data, such as ``"image"``.
        mask_kinds: the kinds of masks that it can sample; see ``sample_masks``.
        endings: the endings of the files that ``save`` writes, without the dot, such as
            ``("mid",)``; a published model holds samples with these endings, and no others.
        formats: the endings of the files that ``save_as`` writes if a user asks for one.
        saves_pictures: whether ``save`` writes pictures that browsers show. A card without a
            sample sheet shows such a picture, and links files that are not pictures.
        free_axes: the axes of a sample, counted without the batch, along which values may have any
            size, such as (1, 2) for pictures (C, H, W); see ``sized``. Training may then see parts
            of samples, and ``to_sample`` and ``present`` take any size along them.
        length_axes: the axes of a sample along which values may be shorter than it, such as
            ``(1,)`` of a waveform (1, T); see ``places``.
        memory_format: how a batch of samples lies in memory. Samples (B, C, H, W) that
            convolutions read are fastest as ``torch.channels_last``.

    A value goes through three forms. *Raw* is what a user or a data source holds: a path, encoded
    bytes, a PIL image, a string. *Decoded* is the one Python form that the modality has for it (PIL
    image, waveform, string). *Prepared* is a compact tensor that loaders keep on disk;
    ``to_sample`` turns it, on the device, into the sample that generators make and discriminators
    see.
    """

    kind: ClassVar[str]
    mask_kinds: ClassVar[tuple[str, ...]] = ("box",)
    endings: ClassVar[tuple[str, ...]] = ("txt",)
    formats: ClassVar[tuple[str, ...]] = ()
    saves_pictures: ClassVar[bool] = False
    free_axes: ClassVar[tuple[int, ...]] = ()
    length_axes: ClassVar[tuple[int, ...]] = ()
    memory_format: ClassVar[torch.memory_format] = torch.contiguous_format

    def __init__(self, options: BaseOptions) -> None:
        self.options = options

    @property
    @abstractmethod
    def space(self) -> SampleSpace:
        """The shape and the range of a sample."""

    def sized(self, value: object) -> Modality:
        """The same modality, with samples as large along its ``free_axes`` as this raw value is.

        Raises:
            BadValue: if the value cannot be read.
        """
        return self

    def sizes_of(self, said: str) -> tuple[int, ...]:
        """The sizes along ``free_axes`` that a user's words mean, such as ``64x96``.

        Raises:
            BadValue: if they are no sizes; says how to write them.
        """
        parts, count = said.lower().split("x"), len(self.free_axes)
        sizes = [int(part) for part in parts if part.isdecimal() and int(part)]
        if len(sizes) != len(parts) or len(sizes) not in (1, count):
            form = "x".join(["64", "96", "32"][:count])
            raise BadValue(f"{said!r} is no size of {self.kind}: write {form}, or one size for all")
        return tuple(sizes * count if len(sizes) == 1 else sizes)

    @property
    def work(self) -> tuple[int, int]:
        """What preparing or presenting one value takes, to which pulled models are held.

        A modality that holds more than a few copies of a sample, or goes over it many times, says
        so by overriding this.

        Returns:
            How many numbers are in memory at most at a time, and how many are computed in all.
        """
        # As it was made, joined to others, clamped, twice while it is presented, and a value.
        numbers = 6 * math.prod(self.space.shape)
        return numbers, 4 * numbers

    @classmethod
    def suggest(cls, column: Column, values: Sequence[object]) -> dict[str, object]:
        """Suggest options from the data, such as the names of labels.

        They are used for every option that the recipe leaves out, and written into the run's
        ``resolved.yaml``, so that the model can be used without the data.

        Args:
            column: how the data source describes the column.
            values: up to 256 raw values of the training split.
        """
        return {}

    @classmethod
    def start_as(cls, values: Sequence[object]) -> str:
        """The id of another modality of the same kind that makes such values better; "" if none.

        Args:
            values: up to 256 raw values of the training split.
        """
        return ""

    @classmethod
    def start(
        cls, column: Column, values: Sequence[object], size: int
    ) -> tuple[dict[str, object], str]:
        """Suggest options for a made entry of a new recipe, so that training fits its time.

        Args:
            column: how the data source describes the column.
            values: up to 256 raw values of the training split.
            size: samples should have about ``size`` x ``size`` places at most, such as pixels; a
                bound, not an aim.

        Returns:
            Options that `init` writes into the recipe, and, for a comment beside them, what the
            values are like and why the options differ from it.
        """
        return cls.suggest(column, values), ""

    @classmethod
    def start_window(cls, options: Mapping[str, object], size: int) -> int | None:
        """The window of a new recipe whose samples, of these options, are larger than fits.

        Args:
            options: those that ``start`` suggested.
            size: as for ``start``.

        Returns:
            The size along each free axis, or None if training sees whole samples.
        """
        return None

    def fit(self, values: Sequence[object]) -> dict[str, object]:
        """Suggest options that only the built modality can compute, such as statistics.

        It is asked after ``suggest``, and its answer is used in the same way. For an option of type
        ``FileRef`` it may answer the content of a file, ``bytes``, which the run then keeps; then
        the modality is built with the file and asked once more.

        Args:
            values: up to ``fit_count`` raw values of the training split.
        """
        return {}

    @property
    def fit_count(self) -> int:
        """How many values of a column ``fit`` asks for; few, unless something is learned of them.

        The recipe is assembled more than once: ``fit`` must be quick, and the same each time.
        """
        return 256

    @property
    def fit_columns(self) -> tuple[str, ...]:
        """The columns of the data whose values ``fit`` asks for; none: that of the entry."""
        return ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The names that a value can have, in order; none if values have no fixed names."""
        return ()

    @property
    def shown(self) -> Modality:
        """The modality that reads what ``present`` returns, for evaluators and metrics."""
        return self

    @abstractmethod
    def decode(self, value: object) -> object:
        """Decode a raw value into the modality's Python form.

        Raises:
            BadValue: if the value cannot be read; its row is counted and skipped.
        """

    @abstractmethod
    def prepare(self, values: Sequence[object]) -> Tensor:
        """Turn raw values into one compact tensor, (B, ...), on the CPU; called in workers."""

    def unread(self, value: object) -> str:
        """What of a raw value ``prepare`` does not read; by default "", all of it is read.

        See ``Encoder.unread``.
        """
        return ""

    def fingerprint(self) -> str:
        """Return what identifies the files that ``prepare`` reads; see ``Encoder.fingerprint``."""
        return ""

    def to_sample(self, prepared: Tensor) -> Tensor:
        """Turn prepared values into float samples, (B, *space.shape), on the same device."""
        return prepared

    @abstractmethod
    def present(self, sample: Tensor) -> list[object]:
        """Turn samples (B, *space.shape) into decoded values: PIL images, waveforms, strings."""

    def reading(self) -> Reading:
        """How an engine without this plugin reads a value: what ``prepare`` does, as plain data.

        What its network makes has the key ``"prepared"``.

        Raises:
            NotPortable: if it cannot be described; the message says why.
        """
        raise NotPortable(f"{type(self).__name__} does not say how it prepares values")

    def showing(self) -> Showing:
        """How an engine without this plugin shows a sample: what ``present`` does, as plain data.

        Raises:
            NotPortable: if it cannot be described; the message says why.
        """
        raise NotPortable(f"{type(self).__name__} does not say how it presents samples")

    @abstractmethod
    def render(self, value: object) -> Image:
        """Return the picture that shows a decoded value on a sample sheet."""

    @abstractmethod
    def save(self, value: object, stem: Path) -> Path:
        """Write a decoded value to a file of the modality's usual format, and return the file.

        Args:
            value: the decoded value.
            stem: the path of the file, without its ending.
        """

    def save_as(self, value: object, stem: Path, ending: str) -> Path:
        """Write a decoded value to a file of a format that was asked for, and return the file.

        Args:
            value, stem: as in ``save``.
            ending: the ending of the file, one of ``formats``.
        """
        raise NotImplementedError(f"{type(self).__name__} writes no {ending}")

    def joined(self, values: Sequence[object]) -> object | None:
        """Decoded values one after another as a single one; None if this kind of data has none.

        An interpolation of sounds is heard as one sound, and spoken words as a sentence.
        """
        return None

    @property
    def padding(self) -> float | Tensor:
        """What a sample holds where its value has ended; a tensor broadcasts to a sample."""
        return 0.0

    def places(self, values: Sequence[object]) -> Tensor:
        """Which places of the samples of raw values are real, and not padding.

        Returns:
            True where a place is real, (B, *sizes) on the CPU, with one size for each of
            ``length_axes``.

        Raises:
            BadValue: if a value cannot be read.
        """
        sizes = tuple(self.space.shape[axis] for axis in self.length_axes)
        return torch.ones(len(values), *sizes, dtype=torch.bool)

    def ended(self, value: object, places: Tensor) -> object:
        """A decoded value without what is padding, if it can be shorter.

        Args:
            value: what ``present`` returns for a sample.
            places: False where that sample is padding, one size for each of ``length_axes``.
        """
        return value

    def parts(self, value: object) -> Mapping[str, Sequence[str]]:
        """What can be left out of a raw value, so that its influence on samples is known.

        Returns:
            The names of parts in order, by what such parts are called, such as ``"words"``; nothing
            if a value can be given as a whole alone.
        """
        return {}

    def without(self, value: object, family: str, gone: Sequence[int]) -> object:
        """A raw value in which some of its ``parts`` are left out.

        Args:
            value: the whole raw value.
            family: what the parts are called, one of the keys of ``parts``.
            gone: the numbers of the parts that are left out.

        Returns:
            What is left, as ``decode`` reads it; None if nothing is.
        """
        raise NotImplementedError(f"{type(self).__name__} has no {family} to leave out")

    @property
    def measures(self) -> Mapping[str, Callable[[object], float]]:
        """What can be measured of a decoded value, by name, such as how bright it is.

        Each returns a finite number of any decoded value. Directions of noise are found along which
        one of them grows, so each should mean something to who looks or listens.
        """
        return {}

    def marks(self, samples: Tensor) -> Mapping[str, Tensor]:
        """Which places of samples, (B, *space.shape), have what can be told of a place, by name.

        Each is True where a place has it, (B, *mask_shape), such as the ink of a picture. Channels
        of generators are compared with them.
        """
        return {}

    def place_name(self, sample: Tensor, span: Sequence[tuple[int, int]]) -> str:
        """What a block of places of a sample, (*space.shape), is called.

        Args:
            sample: the sample.
            span: where the block begins and ends along each axis of ``mask_shape`` that has more
                than one place.
        """
        return " x ".join(f"{start + 1} to {end}" for start, end in span)

    def apart(self, one: Tensor, other: Tensor) -> Tensor:
        """How far samples, (B, *space.shape), are from others, (B,): 0 where they are equal.

        By default, the root of the mean squared difference of their numbers.
        """
        return (one - other).square().flatten(1).mean(1).sqrt()

    @property
    def mask_shape(self) -> tuple[int, ...]:
        """The shape of a mask: one number for each place, which broadcasts to a sample.

        By default the first size of a sample counts channels, which are missing or known together.
        """
        return (1, *self.space.shape[1:])

    def prepare_masks(self, masks: Sequence[object], values: Sequence[object]) -> Tensor:
        """Turn raw masks into tensors, (B, *mask_shape) on the CPU: 1 = missing, 0 = known.

        Args:
            masks: raw masks, in the form that this kind of data has for them.
            values: the raw values that they mask, one for each mask.

        Raises:
            BadValue: if a mask cannot be read or does not fit its value, or if this kind of data
                has no form for masks.
        """
        raise BadValue(f"{self.kind} has no form of masks yet; give a shape: {self.mask_kinds[0]}")

    def with_known(self, value: object, original: object, mask: Tensor) -> object:
        """A repaired value in which everything that is known is that of the original, exactly.

        Samples keep what is known, but what is presented of them may not: a sound that is made
        audible from a canvas has other phases. By default the value stays as it is.

        Args:
            value: what ``present`` returns for the repaired sample.
            original: the raw value that was repaired.
            mask: 1 where it was missing, (*mask_shape).
        """
        return value

    def sample_masks(self, mask_kind: str, count: int, low: float, high: float) -> Tensor:
        """Sample masks from the global random state, (B, *mask_shape), 1 = missing.

        Training draws them where its samples are: it calls this with that device as torch's default
        one (``with device:``). So make every tensor without naming a device, and read no number of
        one on the host (``float(share)``), which would wait for the device.

        Args:
            mask_kind: one of ``mask_kinds``; or ``"centre"``, the same box for all, half as long
                as each side; or ``"everything"``.
            count: how many masks, B.
            low: the smallest fraction that is masked.
            high: the largest fraction that is masked.
        """
        if mask_kind == "everything":
            return torch.ones(count, *self.mask_shape)
        if mask_kind == "centre":
            half = 0.5 ** sum(size > 1 for size in self.mask_shape)
            return boxes(self.mask_shape, torch.full((count,), half), centred=True)
        return boxes(self.mask_shape, low + (high - low) * torch.rand(count))
