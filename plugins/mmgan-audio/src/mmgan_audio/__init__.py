"""Sound for mmgan-zoo. Importing it imports no numpy, so that plugins are listed quickly."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmgan_audio.waveform import Waveform

__all__ = ["Waveform"]


def __getattr__(name: str) -> object:
    if name != "Waveform":
        raise AttributeError(f"module 'mmgan_audio' has no attribute {name!r}")
    from mmgan_audio.waveform import Waveform

    return Waveform
