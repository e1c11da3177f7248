"""A file is of the same kind by its bytes and by its name, in every format that can be written."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image, features

from mmgan_core.components.sources.magic import kind_of_bytes, kind_of_file

PICTURES = ["png", "jpg", "gif", "bmp", "webp", "tif", "ppm", "pgm", "pbm", "ico", "jfif", "dib"]
if features.check("avif"):
    PICTURES.append("avif")
if features.check("jpg_2000"):
    PICTURES += ["jp2", "j2k"]
SOUNDS = {
    "wav": ("WAV", "PCM_16"),
    "rf64": ("RF64", "PCM_16"),
    "w64": ("W64", "PCM_16"),
    "au": ("AU", "PCM_16"),
    "caf": ("CAF", "PCM_16"),
    "aiff": ("AIFF", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "mp2": ("MP3", "MPEG_LAYER_II"),
    "voc": ("VOC", "PCM_16"),
}


@pytest.mark.parametrize("ending", PICTURES)
def test_a_picture_is_one_by_bytes_and_by_name(ending: str) -> None:
    file = io.BytesIO()
    mode = {"pgm": "L", "pbm": "1"}.get(ending, "RGB")
    form = Image.registered_extensions()[f".{ending}" if ending != "dib" else ".bmp"]
    Image.new(mode, (16, 16)).save(file, form)
    assert kind_of_bytes(file.getvalue()) == kind_of_file(Path(f"x.{ending}")) == "image"


@pytest.mark.parametrize("ending", SOUNDS)
def test_a_sound_is_one_by_bytes_and_by_name(ending: str) -> None:
    file, (form, subtype) = io.BytesIO(), SOUNDS[ending]
    try:
        soundfile.write(file, np.zeros(4800), 48_000, format=form, subtype=subtype)
    except (soundfile.LibsndfileError, ValueError):
        pytest.skip("this libsndfile does not write it")
    assert kind_of_bytes(file.getvalue()) == kind_of_file(Path(f"x.{ending}")) == "audio"


@pytest.mark.parametrize("head", [b"\xff\xfa", b"\xff\xf3", b"\xff\xe3", b"\xff\xfb", b"\xff\xfd"])
def test_frames_of_mpeg_audio_begin_in_many_ways(head: bytes) -> None:
    assert kind_of_bytes(head + b"\x90\x64" + bytes(60)) == "audio"


@pytest.mark.parametrize(
    "content", ["Grüße".encode("utf-16"), b"", b"\xff", b"\xff\xff\xff\xff", b"words", b"\0" * 64]
)
def test_other_bytes_are_of_no_kind(content: bytes) -> None:
    assert kind_of_bytes(content) == ""
