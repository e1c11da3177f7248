"""The end of a sound that is longer than what is read is said in seconds."""

from __future__ import annotations

import numpy as np
import pytest

from mmgan_audio.audio_modality import AudioModality
from mmgan_audio.log_mel_modality import LogMelModality
from mmgan_audio.mel_conv_encoder import MelConvEncoder
from mmgan_audio.wave_conv_encoder import WaveConvEncoder
from mmgan_audio.waveform import Waveform
from mmgan_core.contracts import Encoder, Modality

SOUNDS = AudioModality(AudioModality.Options(rate=8000, seconds=0.5))


def sound(seconds: float) -> Waveform:
    at = np.arange(round(8000 * seconds)) / 8000
    return Waveform(np.sin(2000 * at).astype(np.float32), 8000)


@pytest.mark.parametrize(
    "reader",
    [
        SOUNDS,
        LogMelModality(
            LogMelModality.Options(rate=8000, seconds=0.512, n_fft=256, hop=64, bands=16)
        ),
        MelConvEncoder(
            MelConvEncoder.Options(rate=8000, seconds=0.512, n_fft=256, hop=64, bands=16), SOUNDS
        ),
        WaveConvEncoder(WaveConvEncoder.Options(rate=8000, seconds=0.5, window=32), SOUNDS),
    ],
    ids=lambda reader: type(reader).__name__,
)
def test_a_longer_sound_is_cut_and_says_so(reader: Modality | Encoder) -> None:
    assert reader.unread(sound(0.5)) == ""
    said = reader.unread(sound(1.25))
    assert said.startswith("only the first 0.5")
    assert said.endswith("of its 1.25 seconds are read")


def test_a_few_samples_more_are_nothing_to_say() -> None:
    assert SOUNDS.unread(sound(0.505)) == ""
