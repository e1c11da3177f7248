"""What is not read of a value is what the toolkit says that it does not read."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmgan_audio.audio_modality import AudioModality
from mmgan_audio.sound_modality import SoundOptions
from mmgan_core import load
from mmgan_core.contracts import Encoder, Modality
from mmgan_core.portable.written import write
from mmgan_image.modality.image_modality import ImageModality, ImageOptions
from mmgan_onnx import Unread, load_onnx
from mmgan_onnx.command import main
from mmgan_onnx.unread import unread_of
from mmgan_text.characters_encoder import CharactersEncoder, CharactersOptions
from mmgan_text.text_modality import TextModality, TextOptions
from mmgan_text.tokens_modality import TokensModality, TokensOptions

WORDS = TextModality(TextOptions(length=9, alphabet="abc "))


@pytest.mark.parametrize(
    ("reader", "whole", "longer"),
    [
        (WORDS, "abc abc", "abc abc abc"),
        (CharactersEncoder(CharactersOptions(length=7), WORDS), "abc", "日本語"),
        (TokensModality(TokensOptions(tokenizer="bytes", length=8)), "abc", "abc abc abc"),
        (
            AudioModality(SoundOptions(rate=8000, seconds=0.5)),
            (np.ones(4000, np.float32), 8000),
            (np.ones(9000, np.float32), 8000),
        ),
        (
            ImageModality(ImageOptions(channels=1, height=8, width=8)),
            Image.new("L", (20, 20)),
            Image.new("L", (20, 30)),
        ),
    ],
    ids=["characters", "bytes", "pieces", "sound", "picture"],
)
def test_it_says_what_the_toolkit_says(
    reader: Modality | Encoder, whole: object, longer: object, tmp_path: Path
) -> None:
    said = reader.reading()
    for name, content in said.files.items():
        (tmp_path / name).write_bytes(content)
    entry = {"kind": said.kind, "settings": dict(said.settings)}
    described = {"files": dict.fromkeys(said.files)}
    found = [unread_of(value, tmp_path, described, entry) for value in (whole, longer)]
    assert found == [reader.unread(whole), reader.unread(longer)]
    assert (found[0], bool(found[1])) == ("", True)


def test_a_cropped_picture_is_one_warning_and_one_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(load("tiny-dense"), tmp_path / "tiny", "onnx", examples={})
    wide, model = Image.new("L", (16, 8)), load_onnx(tmp_path / "tiny")
    wide.save(tmp_path / "wide.png")
    with pytest.warns(Unread, match="image: only the middle 8 x 8 of its 16 x 8") as found:
        model.generate(image=wide, count=3)
    assert len(found) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.generate(image=Image.new("L", (16, 16)))
    out = str(tmp_path / "out")
    asked = ["generate", str(tmp_path / "tiny"), f"image={tmp_path / 'wide.png'}", "--out", out]
    assert main(asked) == 0
    assert capsys.readouterr().err.startswith("note: image: only the middle 8 x 8")
