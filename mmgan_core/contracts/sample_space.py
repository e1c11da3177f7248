"""The sample space: the shape and range of the samples of a modality."""

from __future__ import annotations

from dataclasses import dataclass

from mmgan_core.contracts.settings import Settings


@dataclass(frozen=True)
class SampleSpace:
    """The shape and range of the samples that generators make and discriminators see.

    Attributes:
        modality: the kind of data, such as ``"image"``.
        shape: the sizes after the batch: image (C, H, W); log-mel (1, bands, frames); waveform
            (1, T); text (T, V); label (K,).
        low: the smallest value of a real sample.
        high: the largest value of a real sample.
        settings: how values become samples, if components may need to know more than the shape.
    """

    modality: str
    shape: tuple[int, ...]
    low: float = -1.0
    high: float = 1.0
    settings: Settings | None = None
