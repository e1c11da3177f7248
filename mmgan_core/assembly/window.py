"""A window: training sees a random part of each sample, and the same part of the maps with it.

Place, shape and maps are counted in *cells*: each axis is divided into as many equal parts as
divide the samples and every grid of maps evenly, so that all cuts are exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmgan_core.contracts import Change


@dataclass(frozen=True)
class Window:
    """Where training cuts the samples of a made entry, and maps with them.

    Attributes:
        column: the column of the samples; windows of one column have the same cells.
        whole: the shape of a sample, without the batch.
        shape: the shape of a window.
        axes: the axes that are cut, counted without the batch.
        cells: into how many cells each of these axes is divided.
    """

    column: str
    whole: tuple[int, ...]
    shape: tuple[int, ...]
    axes: tuple[int, ...]
    cells: tuple[int, ...]

    @property
    def steps(self) -> tuple[int, ...]:
        """How many numbers of a sample one cell is long, along each axis that is cut."""
        return tuple(self.whole[a] // n for a, n in zip(self.axes, self.cells, strict=True))

    @property
    def long(self) -> tuple[int, ...]:
        """How many cells a window is long, along each axis that is cut."""
        return tuple(self.shape[a] // step for a, step in zip(self.axes, self.steps, strict=True))

    @property
    def drawn_with(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Windows in which this is equal are drawn as one: they lie at the same place in a row."""
        return self.cells, self.long

    def drawn(self, count: int, device: torch.device) -> list[Tensor]:
        """The first cells of ``count`` windows from the global random state, (B,) for each axis."""
        return [
            torch.randint(all_of_it - own + 1, (count,), device=device)
            for all_of_it, own in zip(self.cells, self.long, strict=True)
        ]

    def change(self, first: Sequence[Tensor]) -> Change:
        """The change that cuts samples, and maps with them, to windows from these cells on."""

        def cut(tensor: Tensor, axes: Sequence[int]) -> Tensor:
            last = tensor.dim() == 4 and tensor.is_contiguous(memory_format=torch.channels_last)
            layout = torch.channels_last if last else torch.contiguous_format
            for axis, cell, cells, own in zip(axes, first, self.cells, self.long, strict=True):
                step = tensor.shape[axis + 1] // cells
                numbers = torch.arange(own * step, device=tensor.device)
                at = cell[:, None] * step + numbers
                shape = [len(at), *[1] * (tensor.dim() - 1)]
                shape[axis + 1] = own * step
                tensor = tensor.take_along_dim(at.view(shape), dim=axis + 1)
            return tensor.contiguous(memory_format=layout)

        return Change(
            lambda sample: cut(sample, self.axes),
            move=lambda maps: cut(maps, self.axes_of(maps.dim() - 2)),
        )

    def axes_of(self, grid: int) -> tuple[int, ...]:
        """The axes of maps (C, *grid) that are cut, for a grid of so many axes.

        A grid has all axes of the places of a sample, or those alone that are cut.
        """
        return self.axes if grid == len(self.whole) - 1 else tuple(range(1, grid + 1))

    def map_shape(self, grid: tuple[int, ...]) -> tuple[int, ...]:
        """The grid of what is cut of maps with this grid."""
        shape = list(grid)
        for axis, cells, own in zip(self.axes_of(len(grid)), self.cells, self.long, strict=True):
            shape[axis - 1] = shape[axis - 1] // cells * own
        return tuple(shape)


def drawn_changes(windows: Mapping[str, Window], real: Mapping[str, Tensor]) -> dict[str, Change]:
    """Draw one place for each row, as the change of each made entry.

    Entries of one column get the same place, and so do those of others with as many cells: then
    what is made in one, and given to another, belongs to the same place there.
    """
    first: dict[tuple[tuple[int, ...], ...], list[Tensor]] = {}
    changes = {}
    for name, window in windows.items():
        alike = window.drawn_with
        if alike not in first:
            first[alike] = window.drawn(len(real[name]), real[name].device)
        changes[name] = window.change(first[alike])
    return changes
