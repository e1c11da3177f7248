"""The shape and range of the tensors of a modality."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SampleSpace:
    """Where samples of a modality live: what generators make and discriminators see.

    Attributes:
        modality: the kind of data, such as ``"image"``.
        shape: sizes after the batch: image (C, H, W); log-mel (1, bands, frames); waveform (1, T);
            text (T, V); label (K,).
        low: smallest value of a real sample.
        high: largest value of a real sample.
    """

    modality: str
    shape: tuple[int, ...]
    low: float = -1.0
    high: float = 1.0
