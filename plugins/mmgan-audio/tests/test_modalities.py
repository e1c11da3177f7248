from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from mmgan_audio.audio_modality import AudioModality
from mmgan_audio.log_mel_modality import LogMelModality, LogMelOptions
from mmgan_audio.sound_modality import SoundModality, SoundOptions
from mmgan_audio.waveform import Waveform
from mmgan_core.contracts import Column
from mmgan_core.errors import BadValue

from .conftest import encoded, tone

COLUMN = Column("audio", "audio")


def audio(**options: object) -> AudioModality:
    return AudioModality(SoundOptions.model_validate({"rate": 8000, **options}))


def log_mel(**options: object) -> LogMelModality:
    return LogMelModality(LogMelOptions.model_validate(options))


@pytest.mark.parametrize("make", [audio, log_mel])
@pytest.mark.parametrize("seconds", [0.01, 0.333, 1.0])
def test_samples_fill_the_space_and_come_back(make: object, seconds: float) -> None:
    modality: SoundModality = make(seconds=seconds)  # type: ignore[operator]
    values = [(tone(440, seconds=0.2), 8000), (tone(900, seconds=2.0), 8000)]
    sample = modality.to_sample(modality.prepare(values))
    assert sample.shape == (2, *modality.space.shape)
    assert sample.dtype == torch.float32
    assert sample.min() >= modality.space.low
    assert sample.max() <= modality.space.high
    waves = modality.present(sample)
    for wave in waves:
        assert isinstance(wave, Waveform)
        assert wave.rate == 8000
        assert wave.samples.dtype == np.float32
        assert wave.seconds == pytest.approx(seconds, abs=0.01)
    torch.testing.assert_close(modality.prepare(waves).shape, sample.shape)


def test_a_waveform_survives() -> None:
    modality = audio(seconds=0.5, normalise=False)
    wave = modality.present(modality.to_sample(modality.prepare([(tone(440), 8000)])))[0]
    assert isinstance(wave, Waveform)
    np.testing.assert_allclose(wave.samples, tone(440), atol=1 / 32000)


@pytest.mark.parametrize(("normalise", "peak"), [(True, 0.95), (False, 0.5)])
def test_normalising(normalise: bool, peak: float) -> None:
    modality = audio(normalise=normalise, seconds=0.5)
    sample = modality.to_sample(modality.prepare([(tone(440), 8000)]))
    assert sample.abs().max() == pytest.approx(peak, abs=0.01)


def test_suggestions_come_from_readable_values() -> None:
    values: list[object] = [b"broken", None, *((tone(440, seconds=0.31), 8000) for _ in range(40))]
    values.append(encoded(tone(440, seconds=5), 8000))  # one in 41 is over the quantile
    assert AudioModality.suggest(COLUMN, values) == {"rate": 8000, "seconds": 0.4}
    assert LogMelModality.suggest(COLUMN, [b"broken"]) == {}


def test_saved_as_16_bit_wav(tmp_path: Path) -> None:
    file = audio().save(Waveform(tone(440), 8000), tmp_path / "a.b")
    assert file == tmp_path / "a.b.wav"
    info = soundfile.info(file)
    assert (info.subtype, info.samplerate, info.channels) == ("PCM_16", 8000, 1)


def test_pictures_show_pitch_upwards() -> None:
    heights = []
    for pitch in (300, 3000):
        picture = audio().render(Waveform(tone(pitch), 8000))
        assert picture.mode == "RGB"
        assert picture.height == 96
        heights.append(np.asarray(picture)[32:].sum(axis=(1, 2)).argmax())
    assert heights[0] > heights[1]


@pytest.mark.parametrize("length", [1, 7, 100])
@pytest.mark.parametrize("rate", [100, 8000, 48000])
def test_any_short_sound_can_be_rendered(length: int, rate: int) -> None:
    modality = audio(rate=rate)
    assert modality.render(Waveform(np.ones(length, np.float32), rate)).height == 96


def test_default_canvas_has_100_frames() -> None:
    assert log_mel().space.shape == (1, 64, 100)


@pytest.mark.parametrize(
    ("rate", "window", "hop"), [(8000, 256, 64), (16000, 512, 128), (44100, 1024, 256)]
)
def test_window_and_hop_follow_the_rate(rate: int, window: int, hop: int) -> None:
    options = LogMelOptions(rate=rate)
    assert (options.n_fft, options.hop) == (window, hop)
    assert options.model_dump()["hop"] == hop


@pytest.mark.parametrize("rate", [8000, 22050])
def test_zero_decibels_are_a_full_scale_sine(rate: int) -> None:
    modality = log_mel(rate=rate, normalise=False, seconds=0.5, floor_db=-60, ceiling_db=0)
    sine = 2 * tone(1000, rate=rate)
    sample = modality.to_sample(modality.prepare([(sine, rate), (sine / 10, rate)]))
    loudest = sample[:, 0, :, 10:-10].amax(dim=(1, 2))
    assert 0.85 < loudest[0] <= 1  # a sine between two bands falls short of both
    assert loudest[0] - loudest[1] == pytest.approx(20 / 30, abs=0.02)


def test_real_speech_survives_the_canvas(speech: list[object]) -> None:
    modality = log_mel()
    before = modality.prepare(speech)
    after = modality.prepare(modality.present(modality.to_sample(before)))
    for one, other in zip(before.float(), after.float(), strict=True):
        assert torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1] > 0.95
    assert (before.float() - after.float()).abs().mean() < 0.05


def test_sounds_do_not_depend_on_their_batch() -> None:
    modality = log_mel(seconds=0.2)
    sample = modality.to_sample(
        modality.prepare([(tone(440), 8000), (tone(700), 8000), (tone(50), 8000)])
    )
    together, alone = modality.present(sample), modality.present(sample[1:2])
    np.testing.assert_allclose(together[1].samples, alone[0].samples, atol=1e-3)  # type: ignore[attr-defined]


def test_more_griffin_lim_is_nearer(speech: list[object]) -> None:
    def error(steps: int) -> float:
        modality = log_mel(griffin_lim_steps=steps)
        before = modality.prepare(speech[:8])
        after = modality.prepare(modality.present(modality.to_sample(before)))
        return float((before.float() - after.float()).abs().mean())

    assert error(30) < 0.7 * error(0)


def test_silence_makes_silence() -> None:
    modality = log_mel(seconds=0.2)
    sample = modality.to_sample(modality.prepare([(np.zeros(1600, np.float32), 8000)]))
    assert (sample == -1).all()
    wave = modality.present(sample)[0]
    assert np.isfinite(wave.samples).all()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bands": 256}, "too many for n_fft 256 at 8000 Hz.* 1[0-9]{2} or fewer"),
        ({"fmax": 5000}, "4000"),
        ({"fmin": 4000}, "fmin"),
        ({"hop": 200}, "at most n_fft / 2, 128"),
        ({"floor_db": -10, "ceiling_db": -20}, "floor_db"),
    ],
)
def test_options_that_cannot_work_say_what_would(options: dict[str, object], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        log_mel(**options)
