"""Where a spectrogram sounds, in quarters of its bands."""

from __future__ import annotations

import torch

from mmgan_audio.log_mel_modality import LogMelModality, LogMelOptions


def test_what_is_at_most_40_db_below_the_loudest_place_sounds() -> None:
    canvas = LogMelModality(LogMelOptions(rate=8000, seconds=0.1, n_fft=256, hop=128, bands=8))
    sample = -torch.ones(1, *canvas.space.shape)
    sample[0, 0, 0, 0] = 1  # 0 dB, in the lowest band
    sample[0, 0, 4, 1] = 0.1  # 36 dB below
    sample[0, 0, 6, 1] = -0.1  # 44 dB below
    marks = canvas.marks(sample)
    assert {name: int(mark.sum()) for name, mark in marks.items()} == {
        "sound in bands 1 to 2": 1,
        "sound in bands 3 to 4": 0,
        "sound in bands 5 to 6": 1,
        "sound in bands 7 to 8": 0,
    }
