"""Sound files: every format, depth and rate is read and written; broken ones are one clear row."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mmgan_audio.audio_modality import AudioModality
from mmgan_audio.sound_modality import SoundOptions
from mmgan_audio.waveform import Samples, Waveform, decode_waveform
from mmgan_core.errors import BadValue

from .conftest import tone


def audio(**options: object) -> AudioModality:
    return AudioModality(SoundOptions.model_validate({"rate": 8000, **options}))


def pitch_of(samples: Samples, rate: int) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax() * rate / len(samples))


def read(value: object) -> Waveform:
    return decode_waveform(value, rate=8000, max_seconds=30)


def file_of(samples: Samples, rate: int, format: str, subtype: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=format, subtype=subtype)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("format", "subtype"),
    [
        ("WAV", "PCM_U8"),
        ("WAV", "PCM_24"),
        ("WAV", "PCM_32"),
        ("WAV", "FLOAT"),
        ("WAV", "DOUBLE"),
        ("WAV", "ULAW"),
        ("FLAC", "PCM_S8"),
        ("FLAC", "PCM_24"),
    ],
)
@pytest.mark.parametrize("rate", [7350, 12_345, 96_000])
def test_every_depth_and_odd_rate_is_read(format: str, subtype: str, rate: int) -> None:
    stereo = np.repeat(tone(440, rate=rate)[:, None], 2, axis=1)
    wave = read(file_of(stereo, rate, format, subtype))
    assert wave.seconds == pytest.approx(0.5, abs=0.01)
    assert pitch_of(wave.samples, 8000) == pytest.approx(440, abs=4)
    assert np.abs(wave.samples).max() == pytest.approx(0.5, abs=0.03)


KINDS = {"WAV": "PCM_16", "FLAC": "PCM_16", "MP3": "MPEG_LAYER_III"}


def cut_off(format: str, share: float) -> bytes:
    """The first part of a file of 2 seconds."""
    whole = file_of(tone(440, seconds=2, rate=16_000), 16_000, format, KINDS[format])
    return whole[: int(share * len(whole))]


@pytest.mark.parametrize("format", KINDS)
@pytest.mark.parametrize("kept", [0, 20])
def test_a_file_without_its_head_is_one_clear_bad_value(format: str, kept: int) -> None:
    with pytest.raises(BadValue, match=r"cannot be read as sound|is empty") as caught:
        read(cut_off(format, 1)[:kept])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("format", ["WAV", "MP3"])
def test_a_file_cut_in_the_middle_is_a_shorter_sound(format: str) -> None:
    """Half of the sound, and nothing that was never in the file."""
    wave = read(cut_off(format, 0.5))
    assert wave.seconds == pytest.approx(1, abs=0.2)
    assert np.isfinite(wave.samples).all()


def test_a_flac_file_cut_in_the_middle_is_no_sound_or_a_shorter_one() -> None:
    try:
        wave = read(cut_off("FLAC", 0.5))
    except BadValue:
        return
    assert 0.5 < wave.seconds < 1.2


@pytest.mark.parametrize("length", [1, 2, 20])
def test_a_sound_of_a_few_samples_is_read(length: int) -> None:
    data = file_of(tone(440)[:length], 8000, "WAV", "PCM_16")
    assert len(read(data).samples) == length


@pytest.mark.parametrize("ending", ["wav", "flac", "mp3"])
@pytest.mark.parametrize("rate", [8000, 10_000, 16_000, 44_100, 96_000])
def test_every_format_is_written_and_read_back(tmp_path: Path, ending: str, rate: int) -> None:
    modality = audio(rate=rate)
    file = modality.save_as(Waveform(tone(440, rate=rate), rate), tmp_path / "a.b", ending)
    assert file == tmp_path / f"a.b.{ending}"
    assert soundfile.info(file).format == ending.upper()
    wave = modality.decode(file)
    assert wave.rate == rate
    assert wave.seconds == pytest.approx(0.5, abs=0.15)  # MP3 pads
    assert pitch_of(wave.samples, rate) == pytest.approx(440, abs=4)
    if ending != "mp3":
        np.testing.assert_allclose(wave.samples, tone(440, rate=rate), atol=2 / 32768)


def test_the_usual_format_is_wav(tmp_path: Path) -> None:
    file = audio().save(Waveform(tone(440), 8000), tmp_path / "a")
    assert file == tmp_path / "a.wav"
    assert soundfile.info(file).subtype == "PCM_16"


def test_what_is_too_loud_is_clipped_in_every_format(tmp_path: Path) -> None:
    loud = Waveform(tone(440) * 4, 8000)
    for ending in ("wav", "flac"):
        wave = audio().decode(audio().save_as(loud, tmp_path / "loud", ending))
        assert np.abs(wave.samples).max() == pytest.approx(1, abs=1e-3)


def test_joined_sounds_follow_each_other_without_a_click() -> None:
    low, high = tone(300, seconds=0.25), tone(900, seconds=0.5)
    wave = audio().joined([Waveform(low, 8000), (high, 8000)])
    assert wave.seconds == pytest.approx(0.75)
    assert pitch_of(wave.samples[:2000], 8000) == pytest.approx(300, abs=4)
    assert pitch_of(wave.samples[2000:], 8000) == pytest.approx(900, abs=4)
    assert np.abs(np.diff(wave.samples[1990:2010])).max() < 0.1
    np.testing.assert_allclose(wave.samples[100:1900], low[100:1900], atol=1e-6)


def test_joined_words_keep_their_own_lengths() -> None:
    padded = np.concatenate([tone(300, seconds=0.2), np.zeros(2400, np.float32)])
    wave = audio().joined([Waveform(padded, 8000), Waveform(tone(900, seconds=0.5), 8000)])
    assert wave.seconds == pytest.approx(0.7)
    assert pitch_of(wave.samples[1700:], 8000) == pytest.approx(900, abs=4)
