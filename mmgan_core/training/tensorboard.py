"""Metrics and sample sheets for TensorBoard (extra `tensorboard`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mmgan_core.errors import MmganError

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch.utils.tensorboard import SummaryWriter


class TensorBoard:
    """Writes metrics and sample sheets into ``RUN/tensorboard``; does nothing unless ``wanted``."""

    def __init__(self, run: Path, *, wanted: bool) -> None:
        self._writer: SummaryWriter | None = None
        if not wanted:
            return
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise MmganError(
                "train.tensorboard needs the tensorboard package",
                hint="pip install 'mmgan-zoo[tensorboard]', or set train.tensorboard to false",
            ) from None
        self._writer = SummaryWriter(str(run / "tensorboard"))

    def log(self, samples: int, metrics: Mapping[str, float]) -> None:
        """Write a line of metrics."""
        if self._writer:
            for name, value in metrics.items():
                self._writer.add_scalar(name, value, samples)

    def show(self, samples: int, page: Image) -> None:
        """Write a sample sheet."""
        if self._writer:
            import numpy as np

            self._writer.add_image("samples", np.asarray(page), samples, dataformats="HWC")

    def close(self) -> None:
        """Write everything to disk."""
        if self._writer:
            self._writer.close()
