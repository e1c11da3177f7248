"""A sound rendered: its waveform above its spectrogram, on one axis of time.

The waveform shows how loud a sound is, with full scale at the edges of its strip, and where it
clips; the spectrogram, whose range is the loudest 80 dB, shows what sounds. A second is 125 pixels
wide, up to a width that sheets can show; longer sounds are narrower in proportion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mmgan_audio.spectrogram_picture import COLUMNS_A_SECOND, spectrogram_picture
from mmgan_audio.waveform import Waveform

if TYPE_CHECKING:
    from PIL.Image import Image

WAVE_HEIGHT = 32
WIDEST = 480
_PAPER, _MIDDLE, _INK = (255, 255, 255), (214, 214, 222), (38, 70, 120)


def sound_picture(wave: Waveform) -> Image:
    """An RGB picture 96 pixels high: 32 of the waveform, and 64 of the spectrogram."""
    from PIL import Image as images

    width = min(WIDEST, max(1, round(wave.seconds * COLUMNS_A_SECOND)))
    below = spectrogram_picture(wave)
    picture = images.new("RGB", (width, WAVE_HEIGHT + below.height))
    picture.paste(images.fromarray(_waveform(wave, width)), (0, 0))
    picture.paste(below.resize((width, below.height), images.Resampling.BOX), (0, WAVE_HEIGHT))
    return picture


def _waveform(wave: Waveform, width: int) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """The range of the samples that each column stands for, (WAVE_HEIGHT, width, 3)."""
    starts = (np.arange(width) * len(wave.samples) / width).astype(int)
    highest = np.maximum.reduceat(wave.samples, starts)
    lowest = np.minimum.reduceat(wave.samples, starts)
    # Rows count downwards, from 1 at the top to -1.
    scale = (WAVE_HEIGHT - 1) / 2
    first, last = (np.round((1 - x.clip(-1, 1)) * scale) for x in (highest, lowest))
    rows = np.arange(WAVE_HEIGHT)[:, None]
    picture = np.full((WAVE_HEIGHT, width, 3), _PAPER, np.uint8)
    picture[WAVE_HEIGHT // 2] = _MIDDLE
    picture[(rows >= first) & (rows <= last)] = _INK
    return picture
