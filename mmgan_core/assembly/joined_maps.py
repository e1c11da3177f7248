"""The maps of all given entries as one, on one grid, for networks that follow places."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from mmgan_core.contracts import Encoding, EncodingSpace, Settings
from mmgan_core.errors import BadValue, RecipeError

MOST = 2**28
"""The largest number of numbers in the joined maps of one row, which take memory and no weights."""


class JoinedMaps:
    """Resizes the maps of all given entries to one grid and joins their channels.

    The grid is the finest of all; where values are larger or smaller than those of the training
    data, it is so in proportion. Each entry has one channel more, which is 1 where the entry is
    present: a black picture is not the same as no picture. Where it is absent, all its channels
    are 0.

    Attributes:
        shape: the grid, such as (H, W); empty if no entry makes maps.
        channels: how many channels there are; 0 if no entry makes maps.
        settings: the settings of the maps that have some and are not resized, by the first of
            their channels.
    """

    def __init__(self, spaces: Mapping[str, EncodingSpace]) -> None:
        """Choose the grid.

        Raises:
            RecipeError: if the maps of one entry lie along other axes than those of another, or
                all of them together are too large.
        """
        self.spaces = {name: space for name, space in spaces.items() if space.map_channels}
        self.shape: tuple[int, ...] = ()
        self.channels = 0
        for name, space in self.spaces.items():
            if self.shape and len(space.map_shape) != len(self.shape):
                raise RecipeError(
                    f"given.{name}.encoder: its maps have {len(space.map_shape)} axes, but those "
                    f"of {next(iter(self.spaces))} have {len(self.shape)}",
                    hint="give maps of one kind, or an encoder without maps",
                )
            if math.prod(space.map_shape) > math.prod(self.shape) or not self.shape:
                self.shape = space.map_shape
            self.channels += space.map_channels + 1
        self.settings = self._settings()
        numbers = self.channels * math.prod(self.shape)
        if self.channels and numbers > MOST:
            raise RecipeError(
                f"given: the maps of {' and '.join(self.spaces)} would be {numbers:,} numbers in "
                f"each row, and there may be {MOST:,}",
                hint="give fewer or smaller pictures",
            )

    def __call__(self, encodings: Mapping[str, Encoding], present: Mapping[str, Tensor]) -> Tensor:
        """Join the maps of one batch, (B, channels, *grid).

        Args:
            encodings: the encoding of each given entry, (B, ...); those of entries that are absent
                in all rows may be left out.
            present: for each given entry, the rows in which it is present, (B,).

        Raises:
            BadValue: if values of several entries are larger or smaller by different factors.
        """
        parts, grid = [], self._grid(encodings)
        for name, space in self.spaces.items():
            if name not in encodings:
                shape = (present[name].shape[0], space.map_channels + 1, *grid)
                parts.append(torch.zeros(shape, device=present[name].device))
                continue
            maps = encodings[name].maps
            assert maps is not None
            if maps.shape[2:] != grid:
                maps = resized_maps(maps, grid)
            there = present[name].view(-1, *[1] * (maps.dim() - 1))
            parts += [torch.where(there, maps, 0.0), there.to(maps).expand(-1, 1, *grid)]
        return torch.cat(parts, dim=1)

    def _settings(self) -> tuple[tuple[int, Settings], ...]:
        found, first = [], 0
        for space in self.spaces.values():
            if space.map_settings is not None and space.map_shape == self.shape:
                found.append((first, space.map_settings))
            first += space.map_channels + 1
        return tuple(found)

    def _grid(self, encodings: Mapping[str, Encoding]) -> tuple[int, ...]:
        """The grid for these encodings: ``shape``, unless their maps are larger or smaller."""
        found: dict[tuple[int, ...], str] = {}
        for name, space in self.spaces.items():
            maps = encodings[name].maps if name in encodings else None
            if maps is not None:
                sizes = zip(self.shape, maps.shape[2:], space.map_shape, strict=True)
                found.setdefault(tuple(size * now // then for size, now, then in sizes), name)
        if len(found) > 1:
            (grid, one), (other_grid, other) = list(found.items())[:2]
            raise BadValue(
                f"{one} and {other} are of sizes that do not belong together: their maps would lie "
                f"on {grid} and on {other_grid}"
            )
        return next(iter(found), self.shape)


def resized_maps(maps: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Resize maps (B, C, *grid) to another grid, linearly; what becomes coarser is averaged."""
    if len(shape) == 2:
        return interpolate(maps, shape, mode="bilinear", align_corners=False, antialias=True)
    mode = {1: "linear", 3: "trilinear"}[len(shape)]
    return interpolate(maps, shape, mode=mode, align_corners=False)
