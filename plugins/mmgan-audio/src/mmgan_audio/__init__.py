"""Sound for mmgan-zoo."""

from mmgan_audio.waveform import Waveform

__all__ = ["Waveform"]
