"""Sounds of every format that libsndfile writes, whole and cut off, and lying headers."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile

from mmgan_audio.audio_modality import AudioModality
from mmgan_audio.gaps import gaps_of
from mmgan_audio.log_mel_modality import LogMelModality
from mmgan_audio.waveform import decode_waveform
from mmgan_core.contracts import Column
from mmgan_core.errors import BadValue

COLUMN = Column("audio", "audio")
RATE, SECONDS = 8000, 2.0
TONE = 0.5 * np.sin(2 * np.pi * 220 * np.arange(int(RATE * SECONDS)) / RATE)


def encoded(form: str, subtype: str, endian: str = "FILE", rate: int = RATE) -> bytes | None:
    file = io.BytesIO()
    try:
        soundfile.write(file, TONE, rate, format=form, subtype=subtype, endian=endian)
    except (RuntimeError, ValueError, TypeError):  # it cannot be written with these
        return None
    return file.getvalue()


WRITTEN = [
    pytest.param(data, id=f"{form}-{subtype}")
    for form in soundfile.available_formats()
    # RAW has no header, so nobody can know its rate; SD2 writes a second file; XI has no rate.
    if form not in ("RAW", "SD2", "XI")
    for subtype in soundfile.available_subtypes(form)
    if (data := encoded(form, subtype)) is not None
]


def decoded(data: bytes) -> bytes | None:
    dirt = np.random.default_rng(0).random(1_000_000)  # what lies in memory that is handed out
    del dirt
    try:
        wave = decode_waveform(data, rate=RATE, max_seconds=10)
    except BadValue:
        return None
    assert len(wave.samples) <= 1.2 * RATE * SECONDS + 4608
    return wave.samples.tobytes()


@pytest.mark.parametrize("data", WRITTEN)
def test_two_decodes_are_equal_whole_and_cut_off(data: bytes) -> None:
    assert decoded(data) == decoded(data)
    cut = data[: int(0.6 * len(data))]
    first = decoded(cut)
    assert first == decoded(cut)


@pytest.mark.parametrize("data", WRITTEN)
def test_a_whole_sound_is_as_long_as_it_was(data: bytes) -> None:
    samples = decoded(data)
    if samples is not None:
        assert abs(len(samples) / 4 - RATE * SECONDS) <= 4608


def test_a_header_that_promises_channels_allocates_none() -> None:
    data = bytearray(encoded("WAV", "PCM_16") or b"")
    data[22:24] = struct.pack("<H", 1024)
    with pytest.raises(BadValue, match=r"cannot be read as sound|1024 channels"):
        decode_waveform(bytes(data), rate=RATE, max_seconds=10)


def test_a_header_that_promises_an_absurd_rate_is_refused() -> None:
    data = bytearray(encoded("WAV", "PCM_16") or b"")
    data[24:28] = struct.pack("<I", 2**31 - 1)
    with pytest.raises(BadValue, match="Hz"):
        decode_waveform(bytes(data), rate=RATE, max_seconds=10)


def test_whatever_a_decoder_raises_is_a_bad_value(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise AssertionError("a decoder's own")

    monkeypatch.setattr("soundfile.SoundFile.read", broken)
    with pytest.raises(BadValue, match="a decoder's own"):
        decode_waveform(encoded("WAV", "PCM_16"), rate=RATE, max_seconds=10)


def test_one_file_of_another_rate_does_not_set_the_rate_of_all() -> None:
    sounds = [encoded("WAV", "PCM_16", rate=96_000), *[encoded("WAV", "PCM_16")] * 3]
    assert AudioModality.suggest(COLUMN, sounds)["rate"] == RATE
    assert LogMelModality.suggest(COLUMN, sounds)["rate"] == RATE


@pytest.mark.parametrize("modality", [AudioModality, LogMelModality])
@pytest.mark.parametrize("seconds", [0.001, 29.99, 30.5, 100, 599.99, 700])
def test_a_suggested_length_is_accepted_by_the_modality_itself(modality, seconds: float) -> None:
    sound = (np.full(int(seconds * 2000), 0.1, np.float32), 2000)
    options = modality.Options.model_validate(modality.suggest(COLUMN, [sound]))
    assert options.seconds <= options.max_seconds
    modality(options).prepare([sound])


def test_a_gap_reaches_every_place_that_it_touches() -> None:
    assert gaps_of("0.25-0.52", 10, 10.0).tolist() == [0, 0, 1, 1, 1, 1, 0, 0, 0, 0]
    assert gaps_of("0.2-0.5", 10, 10.0).tolist() == [0, 0, 1, 1, 1, 0, 0, 0, 0, 0]
