"""What `mmgan-zoo generate --engine onnx` runs, by the entry point ``mmgan.engines``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mmgan_onnx.model import load_onnx


def generate(
    folder: Path,
    out: Path,
    given: Mapping[str, object],
    *,
    count: int | None,
    seed: int | Sequence[int],
    truncation: float,
    directions: Mapping[str, float] | None = None,
) -> list[Path]:
    """Make samples of an exported model, and write them as files.

    Raises:
        OnnxError: if the folder holds no such model, it has no such direction, or a value cannot be
            read.
    """
    model = load_onnx(folder)
    samples = model.generate(
        count=count, seed=seed, truncation=truncation, directions=directions, **given
    )
    return samples.save(out)
