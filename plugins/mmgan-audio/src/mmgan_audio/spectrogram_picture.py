"""A sound rendered as a small log-mel spectrogram: time to the right, pitch upwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from mmgan_audio.mel_scale import MelScale
from mmgan_audio.waveform import Waveform

if TYPE_CHECKING:
    from PIL.Image import Image

HEIGHT = 64
COLUMNS_A_SECOND = 125
_RANGE = 80.0
# From dark violet over teal to yellow, in even steps of lightness, so that it works in grey too.
_RAMP = ((68, 1, 84), (62, 74, 137), (38, 130, 142), (53, 183, 121), (180, 222, 44), (253, 231, 37))


def spectrogram_picture(wave: Waveform) -> Image:
    """An RGB picture 64 pixels high and 125 a second wide; its range is the loudest 80 dB."""
    from PIL import Image as images

    hop = max(1, wave.rate // COLUMNS_A_SECOND)
    n_fft = max(4 * hop, 4)
    bands = min(HEIGHT, max(1, n_fft // 4))
    scale = MelScale(wave.rate, n_fft, hop, bands, 0.0, wave.rate / 2)
    samples = np.pad(wave.samples, (0, -len(wave.samples) % hop))
    decibels = scale.decibels(torch.from_numpy(samples)[None])[0]  # (bands, frames)
    level = (decibels - decibels.max()) / _RANGE + 1
    stops = np.linspace(0, 1, len(_RAMP))
    colours = np.stack([np.interp(level.flip(0), stops, part) for part in zip(*_RAMP, strict=True)])
    picture = images.fromarray(colours.transpose(1, 2, 0).astype(np.uint8))  # (bands, frames, 3)
    return picture.resize((picture.width, HEIGHT))
