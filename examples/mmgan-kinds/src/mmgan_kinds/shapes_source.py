"""Two kinds of pictures, unpaired: bright discs on black, and dark rings on grey.

Of both, the places and the sizes are drawn at random, so that there is something to keep when one
is made into the other: where it is, and how large.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image
from pydantic import Field

from mmgan_core import DataError, Options
from mmgan_core.contracts import Column, DataSource, Table
from mmgan_kinds.rows import Rows

_SPLITS = ("train", "test")


class ShapesOptions(Options):
    """Options of `kinds/shapes`."""

    size: int = Field(16, ge=8, le=256, description="height and width of the pictures")
    count: int = Field(512, ge=2, description="pictures of each kind in a split")


class Shapes(DataSource):
    """A table with ``disc`` and another with ``ring``, PNG files, paired by chance."""

    Options = ShapesOptions
    options: ShapesOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"count": 6}, {"count": 4, "size": 9})

    def tables(self, split: str) -> list[Table]:
        """Both tables of a split."""
        if split not in _SPLITS:
            raise DataError(f"kinds/shapes has no split {split!r}", hint="it has train and test")
        return [self._table(name, _SPLITS.index(split)) for name in ("disc", "ring")]

    def _table(self, name: str, split: int) -> Rows:
        chance = np.random.default_rng([split, len(name), ord(name[0])])
        rows = [(self._picture(name, chance),) for _ in range(self.options.count)]
        return Rows([Column(name, "image")], rows)

    def _picture(self, name: str, chance: np.random.Generator) -> bytes:
        size = self.options.size
        x, y = chance.uniform(0.3 * size, 0.7 * size, 2)
        radius = chance.uniform(0.15, 0.3) * size
        rows, columns = np.mgrid[:size, :size] + 0.5
        inside = radius - np.hypot(rows - y, columns - x)
        if name == "disc":
            shade = 255 * np.clip(inside + 0.5, 0, 1)
        else:
            shade = 128 - 128 * np.clip(1.5 - np.abs(inside), 0, 1)
        file = io.BytesIO()
        Image.fromarray(shade.astype(np.uint8)).save(file, "png")
        return file.getvalue()
