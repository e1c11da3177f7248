"""Values are read as the components read them that describe themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmgan_audio.audio_modality import AudioModality
from mmgan_audio.mel_conv_encoder import MelConvEncoder, MelConvOptions
from mmgan_audio.sound_modality import SoundOptions
from mmgan_core.components.label import Label, LabelOptions
from mmgan_core.components.vector import Vector, VectorOptions
from mmgan_core.contracts import Reading
from mmgan_image.modality.image_modality import ImageModality, ImageOptions
from mmgan_onnx import OnnxError, Sound
from mmgan_onnx.kinds import reading
from mmgan_text.characters_encoder import CharactersEncoder, CharactersOptions
from mmgan_text.ngrams_encoder import NgramsEncoder, NgramsOptions
from mmgan_text.text_modality import TextModality, TextOptions
from mmgan_text.tokens_modality import TokensModality, TokensOptions

WORDS = TextModality(TextOptions(length=9, alphabet="abc éÅ", lower=True))
TEXTS = ["abc cab", "CAÉ", "e\u0301a\0b", "日本 abc abc abc"]


def refuse_unlike(said: Reading, values: list[object], folder: Path, apart: float = 0.0) -> None:
    for name, content in said.files.items():
        (folder / name).write_bytes(content)
    described = {"files": dict.fromkeys(said.files)}
    read = reading(folder, described, {"kind": said.kind, "settings": dict(said.settings)})
    found, wanted = read(values), said.prepare(values)
    assert found.keys() == wanted.keys() == said.inputs.keys()
    for name, rows in wanted.items():
        assert found[name].dtype == rows.numpy().dtype == said.inputs[name].dtype
        np.testing.assert_allclose(found[name], rows.numpy(), atol=apart, rtol=0)


@pytest.mark.parametrize(
    ("said", "values"),
    [
        (Label(LabelOptions(names=("a", "b", "c"))).reading(), ["b", "a", 2]),
        (Label(LabelOptions(names=("a", "b"), multiple=True)).reading(), ["a, b", ["b"], ""]),
        (Vector(VectorOptions(low=(0, -1), high=(4, 1))).reading(), ["1, 0.5", (4, 0)]),
        (CharactersEncoder(CharactersOptions(length=7), WORDS).reading(), TEXTS),
        (NgramsEncoder(NgramsOptions(buckets=32), WORDS).reading(), TEXTS),
        (WORDS.reading(), TEXTS),
        (TokensModality(TokensOptions(tokenizer="bytes", length=8)).reading(), TEXTS),
    ],
    ids=["label", "labels", "numbers", "bytes", "ngrams", "characters", "pieces"],
)
def test_texts_and_labels(said: Reading, values: list[object], tmp_path: Path) -> None:
    refuse_unlike(said, values, tmp_path, apart=1e-6)


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
@pytest.mark.parametrize(("channels", "edges"), [(1, False), (3, True), (4, False)])
def test_pictures(fit: str, channels: int, edges: bool, tmp_path: Path) -> None:
    levels = np.random.default_rng(0).integers(0, 256, (20, 31, 4), np.uint8)
    pictures = [
        Image.fromarray(levels),
        Image.fromarray(levels[..., 0]),
        Image.fromarray(levels[..., :3]),
    ]
    options = ImageOptions(channels=channels, height=8, width=12, fit=fit, edges=edges, fill=9)
    refuse_unlike(ImageModality(options).reading(), list(pictures), tmp_path)


def waves() -> list[tuple[np.ndarray, int]]:
    random = np.random.default_rng(0)
    wave = 0.3 * random.standard_normal(6000).astype(np.float32)
    wave[:1500] *= 1e-4
    wave[5000:] *= 1e-4
    return [(wave, 8000), (wave[:100], 8000), (np.zeros(500, np.float32), 8000)]


def test_sounds(tmp_path: Path) -> None:
    for loudness in (None, -30.0):
        modality = AudioModality(SoundOptions(rate=8000, seconds=0.5, loudness=loudness))
        refuse_unlike(modality.reading(), list(waves()), tmp_path, apart=1e-6)


def test_sounds_without_silence_at_their_ends(tmp_path: Path) -> None:
    modality = AudioModality(SoundOptions(rate=8000, seconds=0.5))
    said = MelConvEncoder(MelConvOptions(dim=4, width=8), modality).reading()
    refuse_unlike(said, list(waves()), tmp_path, apart=1e-6)


def test_a_sound_of_another_rate_sounds_the_same(tmp_path: Path) -> None:
    at = np.arange(24_000) / 48_000
    tone = (0.5 * np.sin(2 * np.pi * 440 * at)).astype(np.float32)
    said = AudioModality(SoundOptions(rate=8000, seconds=0.5)).reading()
    refuse_unlike(said, [(tone, 48_000)], tmp_path, apart=0.05)


def test_a_wav_file_comes_back(tmp_path: Path) -> None:
    sound = Sound(np.linspace(-1, 1, 800, dtype=np.float32), 8000)
    sound.save(tmp_path / "a.wav")
    said = AudioModality(SoundOptions(rate=8000, seconds=0.1, normalise=False)).reading()
    read = reading(tmp_path, {"files": {}}, {"kind": said.kind, "settings": dict(said.settings)})
    found = read([str(tmp_path / "a.wav")])["wave"][0]
    np.testing.assert_allclose(found, sound.samples, atol=1e-4)


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    said = Label(LabelOptions(names=("cat", "dog"))).reading()
    read = reading(tmp_path, {"files": {}}, {"kind": said.kind, "settings": dict(said.settings)})
    with pytest.raises(OnnxError, match="did you mean 'cat'"):
        read(["cst"])
    with pytest.raises(OnnxError, match="nothing installed knows values of the kind 'smell'"):
        reading(tmp_path, {"files": {}}, {"kind": "smell", "settings": {}})
