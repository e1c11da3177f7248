"""What a model made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from mmgan_core.contracts import Modality
from mmgan_core.errors import nearest
from mmgan_core.inference.sheet import PAPER, sheet

if TYPE_CHECKING:
    from PIL.Image import Image


class Samples(Mapping[str, list[Any]]):
    """What was made, by made entry: ``samples.image`` is a list of PIL images.

    Attributes:
        tensors: the same as tensors, (N, *shape), by made entry.
    """

    def __init__(
        self,
        values: Mapping[str, list[Any]],
        tensors: Mapping[str, Tensor],
        modalities: Mapping[str, Modality],
    ) -> None:
        self._values, self._modalities = dict(values), dict(modalities)
        self.tensors = dict(tensors)

    def __getitem__(self, name: str) -> list[Any]:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, name: str) -> list[Any]:
        if name.startswith("_") or name not in self._values:
            raise AttributeError(f"no {name!r} was made: {nearest(name, self._values)}")
        return self._values[name]

    def save(self, folder: str | Path) -> list[Path]:
        """Write every sample as a file of its modality's usual kind."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        return [
            self._modalities[name].save(value, folder / f"{name}-{number:03d}")
            for name, values in self._values.items()
            for number, value in enumerate(values)
        ]

    def film(self, name: str, file: str | Path, *, seconds: float = 0.08) -> None:
        """Write pictures of one made entry, one after the other and back again, as a GIF.

        Args:
            name: of the made entry.
            file: ends in .gif.
            seconds: that each picture stays.
        """
        frames = [self._modalities[name].render(v).convert("RGB") for v in self._values[name]]
        frames += frames[-2:0:-1]
        frames[0].save(
            file, save_all=True, append_images=frames[1:], loop=0, duration=round(seconds * 1000)
        )

    def sheet(self, columns: int = 8) -> Image:
        """All samples on one page."""
        pictures = [
            self._modalities[name].render(value)
            for name, values in self._values.items()
            for value in values
        ]
        from PIL import Image as images

        rows = -(-len(pictures) // columns)
        width = min(columns, len(pictures))
        pictures += [images.new("RGB", (1, 1), PAPER)] * (rows * width - len(pictures))
        return sheet([pictures[start::width] for start in range(width)])
