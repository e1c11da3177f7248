"""A plugin with a kind of data that nobody else has: small grids of numbers, saved as .npy."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from mmgan_core import BadValue, Options, Spec, Starter, hookimpl
from mmgan_core.contracts import Column, DataSource, Modality, SampleSpace, Table

SIDE = 4


@hookimpl
def mmgan_modalities() -> list[Spec]:
    return [
        Spec(
            "grid/grid",
            f"{__name__}:Grid",
            "A grid of 4 x 4 numbers",
            modalities=("grid",),
            default=True,
            starter=Starter(generator="image/dense", discriminator="image/dense"),
            reads=("npy",),
            hub_tasks=("unconditional-grid-generation",),
        )
    ]


@hookimpl
def mmgan_data_sources() -> list[Spec]:
    return [Spec("grid/waves", f"{__name__}:Waves", "Grids in memory")]


class Grid(Modality):
    """A value is an array, or a path of one."""

    kind: ClassVar[str] = "grid"
    endings: ClassVar[tuple[str, ...]] = ("npy",)

    @property
    def space(self) -> SampleSpace:
        return SampleSpace(self.kind, (1, SIDE, SIDE))

    def decode(self, value: object) -> np.ndarray:
        found = np.load(value, allow_pickle=False) if isinstance(value, (str, Path)) else value
        if not isinstance(found, np.ndarray) or found.shape != (SIDE, SIDE):
            raise BadValue("no grid")
        return found

    def prepare(self, values: Sequence[object]) -> Tensor:
        return torch.from_numpy(np.stack([self.decode(v) for v in values])).float()[:, None]

    def present(self, sample: Tensor) -> list[object]:
        return list(sample.detach().float().clamp(-1, 1)[:, 0].numpy())

    def render(self, value: object) -> Any:
        from PIL import Image

        return Image.fromarray(((self.decode(value) + 1) * 127).astype(np.uint8)).resize((32, 32))

    def save(self, value: object, stem: Path) -> Path:
        file = stem.with_name(f"{stem.name}.npy")
        np.save(file, self.decode(value), allow_pickle=False)
        return file


class Waves(DataSource):
    """Sine waves of random directions."""

    Options = Options

    def tables(self, split: str) -> list[Table]:
        return [WavesTable({"train": 0, "test": 1}[split])]


class WavesTable:
    """64 grids."""

    columns: Mapping[str, Column] = {"grid": Column("grid", "grid")}

    def __init__(self, seed: int) -> None:
        turns = np.random.default_rng(seed).uniform(0, 6, (64, 3, 1, 1))
        y, x = np.mgrid[:SIDE, :SIDE]
        self._grids = np.sin(turns[:, 0] * x + turns[:, 1] * y + turns[:, 2]).astype(np.float32)
        self.digest = hashlib.sha256(self._grids.tobytes()).hexdigest()

    def __len__(self) -> int:
        return len(self._grids)

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        return [self._grids[row] for row in rows]

    def where(self, row: int) -> str:
        return f"row {row}"
