"""How loud sounds become, what brings them back, and where made sounds end."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mmgan_audio.audio_modality import AudioModality
from mmgan_audio.log_mel_modality import LogMelModality, LogMelOptions
from mmgan_audio.loudness import loudness_db, without_quiet_end
from mmgan_audio.sound_modality import SoundModality, SoundOptions
from mmgan_audio.waveform import Samples, Waveform
from mmgan_core.errors import BadValue

from .conftest import tone


def audio(**options: object) -> AudioModality:
    return AudioModality(SoundOptions.model_validate({"rate": 8000, **options}))


def log_mel(**options: object) -> LogMelModality:
    return LogMelModality(LogMelOptions.model_validate({"rate": 8000, **options}))


def with_silence(samples: Samples, seconds: float = 0.5) -> Samples:
    return np.concatenate([samples, np.zeros(round(seconds * 8000), np.float32)])


def test_a_full_scale_sine_is_0_db_and_half_of_it_6_less() -> None:
    assert loudness_db(2 * tone(500), 8000) == pytest.approx(0, abs=0.01)
    assert loudness_db(tone(500), 8000) == pytest.approx(-6.02, abs=0.01)
    assert loudness_db(np.zeros(100, np.float32), 8000) == -np.inf


def test_silence_around_a_sound_makes_it_no_quieter() -> None:
    plain = loudness_db(tone(500), 8000)
    assert loudness_db(with_silence(tone(500), 5.0), 8000) == pytest.approx(plain, abs=0.1)


@pytest.mark.parametrize("make", [audio, log_mel])
def test_takes_a_hundred_times_apart_come_out_equally_loud(make: object) -> None:
    modality: SoundModality = make(seconds=0.5, loudness=-20)  # type: ignore[operator]
    values = [(tone(500) * share, 8000) for share in (2.0, 0.3, 0.02)]
    waves = modality.present(modality.to_sample(modality.prepare(values)))
    for wave in waves:
        assert isinstance(wave, Waveform)
        assert loudness_db(wave.samples, 8000) == pytest.approx(-20, abs=0.5)


def test_the_gain_brings_the_sound_back() -> None:
    for modality in (audio(loudness=-20, seconds=0.5), audio(seconds=0.5)):
        quiet = tone(500) * 0.1
        sample = modality.to_sample(modality.prepare([(quiet, 8000)]))
        back = sample[0, 0].numpy() / modality.gain((quiet, 8000))
        np.testing.assert_allclose(back, quiet, atol=1e-4)
    assert audio(normalise=False).gain((quiet, 8000)) == 1


def test_a_sound_with_high_peaks_gets_as_much_as_fits_and_is_not_clipped() -> None:
    clicks = np.zeros(4000, np.float32)
    clicks[::400] = 0.5
    modality = audio(loudness=-3, seconds=0.5)
    assert modality.gain((clicks, 8000)) == pytest.approx(0.95 / 0.5)
    wave = modality.to_sample(modality.prepare([(clicks, 8000)]))[0, 0]
    torch.testing.assert_close(wave, torch.from_numpy(clicks * 1.9), atol=1e-4, rtol=0)


def test_a_gain_of_the_whole_sound_is_the_same_for_what_is_cut() -> None:
    """Not that of the part that fits: then two parts of one sound would differ."""
    value = (np.concatenate([tone(500) * 0.1, tone(500)]), 8000)
    short = audio(seconds=0.5)
    sample = short.to_sample(short.prepare([value]))
    assert sample.abs().max() == pytest.approx(0.095, abs=1e-3)


def test_loudness_without_normalising_is_refused() -> None:
    with pytest.raises(BadValue, match="leave one of the two out"):
        audio(loudness=-20, normalise=False)


def test_silence_stays_silent() -> None:
    modality = audio(loudness=-20, trim_db=40, seconds=0.5)
    silent = (np.zeros(4000, np.float32), 8000)
    assert modality.gain(silent) == 1
    sample = modality.to_sample(modality.prepare([silent]))
    assert not sample.any()
    assert len(modality.present(sample)[0].samples) == 4000  # type: ignore[attr-defined]


def test_a_quiet_end_is_found_to_20_ms() -> None:
    loud, quiet = tone(500, seconds=0.33), tone(500, seconds=0.5) * 0.001  # 60 dB below
    both = np.concatenate([loud, quiet])
    assert len(without_quiet_end(both, 8000, 40)) == pytest.approx(0.33 * 8000, abs=160)
    assert len(without_quiet_end(both, 8000, 70)) == len(both)
    # A pause in the middle is no end.
    again = np.concatenate([both, loud])
    assert len(without_quiet_end(again, 8000, 40)) == len(again)


@pytest.mark.parametrize("make", [audio, log_mel])
def test_made_sounds_lose_a_quiet_end_if_asked(make: object) -> None:
    value = (with_silence(tone(500, seconds=0.4), 0.4), 8000)
    lengths = []
    for options in ({}, {"trim_db": 40}):
        modality: SoundModality = make(seconds=0.8, **options)  # type: ignore[operator]
        (wave,) = modality.present(modality.to_sample(modality.prepare([value])))
        assert isinstance(wave, Waveform)
        lengths.append(wave.seconds)
    assert lengths[0] == pytest.approx(0.8, abs=0.01)
    assert lengths[1] == pytest.approx(0.4, abs=0.06)


@pytest.mark.parametrize("make", [audio, log_mel])
@pytest.mark.parametrize("trim_db", [None, 40])
def test_a_known_length_counts_whatever_was_trimmed(make: object, trim_db: float | None) -> None:
    modality: SoundModality = make(seconds=0.8, trim_db=trim_db)  # type: ignore[operator]
    value = (tone(500, seconds=0.4), 8000)
    (wave,) = modality.present(modality.to_sample(modality.prepare([value])))
    places = modality.places([value])[0]
    ended = modality.ended(wave, places)
    assert isinstance(ended, Waveform)
    assert ended.seconds == pytest.approx(0.4, abs=0.02)
