from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mmgan_audio.waveform import Waveform, decode_waveform, fitted, probe_waveform, to_peak
from mmgan_core.errors import BadValue

from .conftest import encoded, tone


def read(value: object, *, rate: int = 8000, max_seconds: float = 30.0) -> Waveform:
    return decode_waveform(value, rate=rate, max_seconds=max_seconds)


def pitch_of(wave: Waveform) -> float:
    power = np.abs(np.fft.rfft(wave.samples))
    return float(power.argmax() * wave.rate / len(wave.samples))


@pytest.mark.parametrize("format", ["WAV", "FLAC", "OGG", "MP3"])
@pytest.mark.parametrize("rate", [8000, 44100])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_rate_and_channel_count(format: str, rate: int, channels: int) -> None:
    samples = np.repeat(tone(440, rate=rate)[:, None], channels, axis=1)
    wave = read(encoded(samples, rate, format))
    assert wave.rate == 8000
    assert wave.samples.dtype == np.float32
    assert wave.seconds == pytest.approx(0.5, abs=0.12)  # MP3 pads
    assert pitch_of(wave) == pytest.approx(440, abs=8)


def test_stereo_is_averaged() -> None:
    left, right = tone(440), np.zeros(4000, np.float32)
    wave = read(encoded(np.stack([left, right], axis=1), 8000))
    np.testing.assert_allclose(wave.samples, left / 2, atol=1e-4)


def test_every_way_to_hold_a_sound_means_the_same(tmp_path: Path) -> None:
    samples = tone(300)
    file = tmp_path / "a.wav"
    soundfile.write(file, samples, 8000, subtype="FLOAT")
    data = file.read_bytes()
    forms: list[object] = [
        file,
        str(file),
        data,
        bytearray(data),
        Waveform(samples, 8000),
        (samples, 8000),
        (samples[None], 8000),
        (samples[:, None].repeat(2, 1), np.int64(8000)),
        {"bytes": data, "path": None},
        {"bytes": None, "path": str(file)},
        {"array": samples.tolist(), "sampling_rate": 8000},
    ]
    for form in forms:
        np.testing.assert_allclose(read(form).samples, samples, atol=1e-6)
        assert probe_waveform(form) == (8000, pytest.approx(0.5))


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.int32])
def test_integers_are_scaled_to_full_scale(kind: type[np.integer]) -> None:  # type: ignore[type-arg]
    limits = np.iinfo(kind)
    middle = 0 if limits.min else 128
    wave = read((np.array([limits.min, middle, limits.max], dtype=kind), 8000))
    np.testing.assert_allclose(wave.samples, [-1, 0, 1], atol=0.01)


def bad_values() -> dict[str, object]:
    return {
        "empty": b"",
        "no sound": b"RIFF0000 this is no sound",
        "cut off": encoded(tone(440), 8000, "FLAC")[:60],
        "no samples": encoded(np.zeros(0, np.float32), 8000),
        "not a number": (np.full(100, np.nan, np.float32), 8000),
        "no rate": (np.zeros(100, np.float32), None),
        "rate of zero": (np.zeros(100, np.float32), 0),
        "words": (np.array(["a", "b"]), 8000),
        "three axes": (np.zeros((2, 2, 2), np.float32), 8000),
        "no file": "nowhere/at-all.wav",
        "nothing": None,
        "empty mapping": {},
        "a number": 3,
        "raw": {"bytes": None, "path": None},
    }


@pytest.mark.parametrize("name", bad_values())
def test_what_is_no_sound_is_a_bad_value(name: str) -> None:
    with pytest.raises(BadValue):
        read(bad_values()[name])


def test_a_headerless_file_is_a_bad_value(tmp_path: Path) -> None:
    file = tmp_path / "a.raw"
    file.write_bytes(bytes(100))
    with pytest.raises(BadValue, match=r"a\.raw cannot be read"):
        read(file)


def test_a_long_file_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(tone(440, seconds=3), 8000, "FLAC")
    assert read(data, max_seconds=3).seconds == 3
    monkeypatch.setattr(soundfile.SoundFile, "read", pytest.fail)
    with pytest.raises(BadValue, match=r"lasts 3\.0 s, more than max_seconds: 2"):
        read(data, max_seconds=2)


def test_a_header_that_lies_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(tone(440, seconds=3), 8000)
    said = iter([10])
    real = soundfile.SoundFile.frames
    lying = property(lambda self: next(said, None) or real.fget(self))
    monkeypatch.setattr(soundfile.SoundFile, "frames", lying)
    asked = []
    read_some = soundfile.SoundFile.read

    def watched(self: object, frames: int, **named: object) -> object:
        asked.append(frames)
        return read_some(self, frames, **named)

    monkeypatch.setattr(soundfile.SoundFile, "read", watched)
    assert read(data, max_seconds=1).seconds <= 1.01
    assert asked == [8001]


def test_a_long_waveform_is_refused_too() -> None:
    with pytest.raises(BadValue, match="max_seconds"):
        read((tone(440, seconds=2), 8000), max_seconds=1)


def test_peak_and_fit() -> None:
    assert np.abs(to_peak(tone(440), 0.95)).max() == pytest.approx(0.95)
    assert not to_peak(np.zeros(5, np.float32), 0.95).any()
    np.testing.assert_array_equal(fitted(np.ones(2, np.float32), 4), [1, 1, 0, 0])
    np.testing.assert_array_equal(fitted(np.arange(4, dtype=np.float32), 2), [0, 1])


def test_an_in_memory_file_is_left_open_to_read_again() -> None:
    data = encoded(tone(440), 8000)
    assert read(data).seconds == read(io.BytesIO(data).getvalue()).seconds
