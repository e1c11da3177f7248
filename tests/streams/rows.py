"""Small data for tests of streams: rows that say of themselves which they are."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

CLASSES = ("a", "b", "c", "d")


def parquet(
    folder: Path, rows: int, *, files: int = 2, group: int = 50, name: str = "train"
) -> Path:
    """Rows in the order of their labels; the last number of ``x`` is that of the row."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, part in enumerate(np.array_split(np.arange(rows), files)):
        label = part * len(CLASSES) // rows
        x = np.stack([label, part % 7, part % 3, part], axis=1).astype(np.float32)
        columns = {
            "x": pa.array(list(x), pa.list_(pa.float32())),
            "label": np.array(CLASSES)[label],
        }
        file = folder / f"{name}-{number:03}.parquet"
        pq.write_table(pa.table(columns), file, row_group_size=group)
    return folder


def tar(file: Path, members: Mapping[str, bytes]) -> Path:
    """An archive of these files, in this order."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(file, "w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file


def shards(folder: Path, rows: int, *, files: int = 2) -> Path:
    """Shards of WebDataset whose .json has ``x`` and whose .cls has the label."""
    for number, part in enumerate(np.array_split(np.arange(rows), files)):
        members: dict[str, bytes] = {}
        for row in part.tolist():
            label = row * len(CLASSES) // rows
            said = {"x": [label, row % 7, row % 3, row]}
            members[f"{row:06}.json"] = json.dumps(said).encode()
            members[f"{row:06}.cls"] = CLASSES[label].encode()
        tar(folder / f"train-{number:03}.tar", members)
    return folder


def recipe(data: object, **train: Any) -> dict[str, Any]:
    """A small GAN of the four numbers, given the label."""
    high: Sequence[float] = [4, 7, 3, 100_000]
    return {
        "data": data,
        "given": {
            "label": {
                "modality": "core/label",
                "encoder": {"use": "core/label-embedding", "dim": 8},
            }
        },
        "make": {
            "x": {
                "modality": {"use": "core/vector", "low": [0] * 4, "high": high},
                "generator": {"use": "core/dense"},
                "discriminator": {"use": "core/dense"},
                "loss": "objectives/hinge",
            }
        },
        "train": {"samples": 640, "batch_size": 32, **train},
    }
