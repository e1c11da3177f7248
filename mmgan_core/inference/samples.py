"""The samples that a model made, as values, as tensors and as pictures."""

from __future__ import annotations

import glob
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor

from mmgan_core.contracts import Masked, Modality
from mmgan_core.errors import UsageError, nearest
from mmgan_core.foundation.files import writing
from mmgan_core.inference.shown import MOST, grid, html_of_values, png

if TYPE_CHECKING:
    from PIL.Image import Image


class Samples(Mapping[str, list[Any]]):
    """The values that a model made, by made entry: ``samples.image`` is a list of PIL images.

    Attributes:
        tensors: the same samples as tensors, (N, *shape), by made entry; entries whose samples are
            of unlike sizes are left out.
        places: where these are real, and not padding, by made entry of which that is known; it
            broadcasts to them. Values end there.
    """

    def __init__(
        self,
        values: Mapping[str, list[object]],
        tensors: Mapping[str, Tensor],
        modalities: Mapping[str, Modality],
        places: Mapping[str, Tensor] = MappingProxyType({}),
    ) -> None:
        # Values that replace others lie before them; those are decoded only if they are asked for.
        self._values = ChainMap[str, list[Any]]({}, cast(dict[str, list[Any]], values))
        self._modalities = dict(modalities)
        self.tensors, self.places = dict(tensors), dict(places)

    def _rendered(self, name: str) -> list[Image]:
        """Return a picture of each sample of a made entry."""
        return [self._modalities[name].render(value) for value in self._values[name]]

    def __getitem__(self, name: str) -> list[Any]:
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, name: str) -> list[Any]:
        if name.startswith("_") or name not in self._values:
            raise AttributeError(f"no {name!r} was made: {nearest(name, self._values)}")
        return self._values[name]

    def save(self, folder: str | Path, *, format: str = "") -> list[Path]:
        """Write every sample to a file, and return the files.

        Args:
            folder: the folder to write to.
            format: the ending of the files, such as ``"flac"``, for those made entries that can be
                written so; default: the usual format of each.

        Raises:
            UsageError: if no made entry can be written in this format.
        """
        folder = Path(folder)
        refuse_format(format, self._modalities.values())
        folder.mkdir(parents=True, exist_ok=True)
        return [
            self._saved(name, value, folder / f"{name}-{number:03d}", format)
            for name, values in self._values.items()
            for number, value in enumerate(values)
        ]

    def _saved(self, name: str, value: object, stem: Path, format: str) -> Path:
        modality = self._modalities[name]
        # Beside it first: a full disk leaves no half file under the name of a sample.
        beside = stem.with_name(f".partial-{stem.name}")
        with writing(stem, "the sample", training=False):
            try:
                if format in modality.formats:
                    written = modality.save_as(value, beside, format)
                else:
                    written = modality.save(value, beside)
                return written.replace(stem.with_name(written.name.removeprefix(".partial-")))
            finally:
                for left in stem.parent.glob(f".partial-{glob.escape(stem.name)}*"):
                    left.unlink(missing_ok=True)

    def keep_known(self, name: str, originals: Sequence[object], masked: Masked) -> None:
        """Put what is known of the originals, one for each sample, into repaired values."""
        modality = self._modalities[name]
        self._values[name] = [
            modality.with_known(value, original, mask.cpu())
            for value, original, mask in zip(
                self._values[name], originals, masked.mask, strict=True
            )
        ]

    def save_joined(self, folder: str | Path, *, format: str = "") -> list[Path]:
        """Write all samples of each made entry as one value, where its kind of data has such.

        Sounds become one sound, called after the entry; pictures have ``film``.

        Args:
            folder, format: as in ``save``.
        """
        whole = {n: self._modalities[n].joined(values) for n, values in self._values.items()}
        return [
            self._saved(name, value, Path(folder) / name, format)
            for name, value in whole.items()
            if value is not None
        ]

    def film(self, name: str, file: str | Path, *, seconds: float = 0.08) -> None:
        """Write the pictures of one made entry as a GIF that runs forward and then backward.

        Args:
            name: the name of the made entry.
            file: the file to write, which ends in .gif.
            seconds: how long each picture is shown, in seconds.
        """
        frames = [picture.convert("RGB") for picture in self._rendered(name)]
        frames += frames[-2:0:-1]
        frames[0].save(
            file, save_all=True, append_images=frames[1:], loop=0, duration=round(seconds * 1000)
        )

    def sheet(self, columns: int = 8) -> Image:
        """Return one picture of all samples, in rows of ``columns`` samples."""
        return grid([picture for name in self for picture in self._rendered(name)], columns)

    def __repr__(self) -> str:
        counts = (f"{name}: {len(values)}" for name, values in self._values.items())
        return f"<Samples {', '.join(counts)}>"

    def _repr_html_(self) -> str:
        return "".join(
            html_of_values(name, values, self._modalities[name].render)
            for name, values in self._values.items()
        )

    def _repr_png_(self) -> bytes | None:
        shown = [picture for name in self for picture in self._rendered(name)[:MOST]]
        return png(grid(shown)) if shown else None


def refuse_format(format: str, modalities: Iterable[Modality]) -> None:
    """Refuse a format in which no made entry can be written; "" is the usual one of each.

    Raises:
        UsageError: lists the formats that there are.
    """
    able = {one for modality in modalities for one in (*modality.formats, *modality.endings)}
    if format and format not in able:
        raise UsageError(
            f"what is made cannot be written as {format!r}", hint=nearest(format, able)
        )


def presented(
    made: Mapping[str, Tensor],
    modalities: Mapping[str, Modality],
    places: Mapping[str, Tensor] = MappingProxyType({}),
) -> Samples:
    """Clamp generated tensors, (N, *shape) by made entry, to their range; values are decoded later.

    Args:
        places: where they are real, by made entry of which that is known.
    """
    tensors = {
        name: tensor.clamp(modalities[name].space.low, modalities[name].space.high)
        for name, tensor in made.items()
    }
    kinds = {name: modalities[name] for name in made}
    return Samples(_Decoded(tensors, kinds, places), tensors, kinds, places)


def presented_parts(
    made: Mapping[str, Sequence[Tensor]],
    modalities: Mapping[str, Modality],
    places: Mapping[str, Sequence[Tensor]],
) -> Samples:
    """As ``presented``, for batches one after another, which may be of unlike sizes."""
    told = {name: parts for name, parts in places.items() if parts}
    if all(len({part.shape[1:] for part in parts}) == 1 for parts in made.values()):
        whole = {name: torch.cat(list(parts)) for name, parts in made.items()}
        ends = {name: torch.cat(list(parts)) for name, parts in told.items()}
        return presented(whole, modalities, ends)
    values: dict[str, list[object]] = {name: [] for name in made}
    tensors = {}
    for name, parts in made.items():
        each = [
            presented({name: part}, modalities, {n: told[n][i] for n in told if n == name})
            for i, part in enumerate(parts)
        ]
        for samples in each:
            values[name] += samples[name]
        if len({part.shape[1:] for part in parts}) == 1:
            tensors[name] = torch.cat([samples.tensors[name] for samples in each])
    return Samples(values, tensors, {name: modalities[name] for name in made})


class _Decoded(Mapping[str, list[object]]):
    """The values of generated tensors, each decoded when somebody first asks for it."""

    def __init__(
        self,
        tensors: Mapping[str, Tensor],
        modalities: Mapping[str, Modality],
        places: Mapping[str, Tensor],
    ) -> None:
        self._tensors, self._modalities, self._places = tensors, modalities, places
        self._found: dict[str, list[object]] = {}

    @torch.no_grad()
    def __getitem__(self, name: str) -> list[object]:
        if name not in self._found:
            modality = self._modalities[name]
            values = modality.present(self._tensors[name])
            if name in self._places:
                values = _ended(values, modality, self._places[name])
            self._found[name] = values
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self._tensors

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)


def _ended(values: list[object], modality: Modality, places: Tensor) -> list[object]:
    """Decoded values without padding."""
    others = [axis for axis in range(1, places.dim()) if axis - 1 not in modality.length_axes]
    along = places.any(others) if others else places
    return [modality.ended(value, real) for value, real in zip(values, along, strict=True)]
