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
        values: Mapping[str, list[object]],
        tensors: Mapping[str, Tensor],
        modalities: Mapping[str, Modality],
    ) -> None:
        self._values, self._modalities = dict(values), dict(modalities)
        self.tensors = dict(tensors)

    def _rendered(self, name: str) -> list[Image]:
        """Each sample of a made entry as a picture."""
        return [self._modalities[name].render(value) for value in self._values[name]]

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
        frames = [picture.convert("RGB") for picture in self._rendered(name)]
        frames += frames[-2:0:-1]
        frames[0].save(
            file, save_all=True, append_images=frames[1:], loop=0, duration=round(seconds * 1000)
        )

    def sheet(self, columns: int = 8) -> Image:
        """All samples on one page."""
        pictures = [picture for name in self for picture in self._rendered(name)]
        from PIL import Image as images

        rows = -(-len(pictures) // columns)
        width = min(columns, len(pictures))
        pictures += [images.new("RGB", (1, 1), PAPER)] * (rows * width - len(pictures))
        return sheet([pictures[start::width] for start in range(width)])


def presented(made: Mapping[str, Tensor], modalities: Mapping[str, Modality]) -> Samples:
    """What generators made, (N, *shape) by entry: kept in range, and as people see it."""
    tensors = {
        name: tensor.clamp(modalities[name].space.low, modalities[name].space.high)
        for name, tensor in made.items()
    }
    values = {name: modalities[name].present(tensor) for name, tensor in tensors.items()}
    return Samples(values, tensors, {name: modalities[name] for name in made})
