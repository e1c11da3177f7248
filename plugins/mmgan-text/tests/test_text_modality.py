from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import ImageFont

from mmgan_core.contracts import Column
from mmgan_core.errors import BadValue
from mmgan_text.text_modality import TextModality, TextOptions

COLUMN = Column("text", "text")
TEXTS = [
    "three",
    "Grüße aus Köln",
    "смеющееся лицо",
    "笑顔 です",
    "وجه ضاحك",
    "नमस्ते",
    "👩‍🚀🏳️‍🌈",
    "a\u0301 = á",
]


def text(**options: object) -> TextModality:
    return TextModality(TextOptions.model_validate(options))


@pytest.mark.parametrize("value", TEXTS)
def test_any_language_comes_back(value: str) -> None:
    modality = text(**TextModality.suggest(COLUMN, [value]))
    sample = modality.to_sample(modality.prepare([value]))
    assert sample.shape == (1, *modality.space.shape)
    assert modality.present(sample) == [modality.decode(value)]


def test_text_files(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("\ufeffGrüße\r\naus Köln\n".encode())
    assert text().decode(file) == "Grüße\r\naus Köln"
    assert TextModality.suggest(COLUMN, [file])["length"] == 15
    for content in (b"", b"\n", b"caf\xe9"):
        file.write_bytes(content)
        with pytest.raises(BadValue):
            text().decode(file)
    with pytest.raises(BadValue, match="cannot be read"):
        text().decode(tmp_path / "b.txt")


def test_all_languages_share_an_alphabet() -> None:
    modality = text(**TextModality.suggest(COLUMN, [*TEXTS, None, b"\xff"]), lower=False)
    sample = modality.to_sample(modality.prepare(TEXTS))
    assert modality.present(sample) == [modality.decode(value) for value in TEXTS]
    assert sample.dtype == torch.float32
    assert (sample.sum(dim=2) == 1).all()
    assert sample.min() == modality.space.low == 0
    assert sample.max() == modality.space.high == 1


def test_suggestions_hold_the_commonest_characters_and_most_lengths() -> None:
    values = ["ab"] * 99 + ["b" * 50]
    assert TextModality.suggest(COLUMN, values) == {"alphabet": "ab", "length": 2}
    many = ["".join(chr(0x4E00 + place) for place in range(600)), "zz"]
    suggested = TextModality.suggest(COLUMN, many)
    assert len(str(suggested["alphabet"])) == 512
    assert "z" in str(suggested["alphabet"])
    assert suggested["length"] == 256
    assert TextModality.suggest(COLUMN, [None, ""]) == {}


def test_unknown_characters_show_and_long_texts_are_cut() -> None:
    modality = text(alphabet="abc", length=4)
    assert modality.present(modality.to_sample(modality.prepare(["axb", "abcabc"]))) == [
        "a\N{REPLACEMENT CHARACTER}b",
        "abca",
    ]


def test_a_text_ends_at_its_end_sign() -> None:
    modality = text(alphabet="ab", length=4)
    logits = torch.tensor([2, 0, 3, 3])  # "a", end, "b", "b"
    assert modality.present(torch.nn.functional.one_hot(logits, 4)[None] * 0.6) == ["a"]
    assert modality.present(torch.eye(4)[[0, 2, 2, 2]][None]) == [""]


def test_composed_and_decomposed_are_one() -> None:
    modality = text(alphabet="e\u0301é")
    assert modality.decode("e\u0301") == "é"
    torch.testing.assert_close(modality.prepare(["é"]), modality.prepare(["e\u0301"]))


def test_the_alphabet_does_not_compose_with_itself() -> None:
    assert text(alphabet="z\u0301").alphabet == "z\u0301"
    assert text(alphabet="aba").alphabet == "ab"


def test_lower() -> None:
    modality = text(alphabet="ABc", lower=True)
    assert modality.alphabet == "abc"
    assert modality.decode("ABC") == "abc"


@pytest.mark.parametrize(("value", "read"), [(3, "3"), (2.5, "2.5"), ("ä".encode(), "ä")])
def test_numbers_and_bytes_are_read(value: object, read: str) -> None:
    assert text().decode(value) == read


@pytest.mark.parametrize(
    "value", [None, "", "  \n", b"", b"\xff\xfe", float("nan"), ["a"], {}, "half \ud83d"]
)
def test_what_is_no_text_is_a_bad_value(value: object) -> None:
    with pytest.raises(BadValue):
        text().prepare([value])


def test_an_empty_alphabet_is_refused() -> None:
    with pytest.raises(BadValue, match="at least one character"):
        text(alphabet="")


@pytest.mark.parametrize(
    "value", [*TEXTS, "", "\t\0\x07", "long " * 100, "x" * 1000, "\u202e\ud83d"]
)
def test_anything_can_be_rendered(value: str) -> None:
    picture = text().render(value)
    assert picture.mode == "RGB"
    assert 112 <= picture.width < 300
    assert picture.height < 200
    assert np.asarray(picture).max() == 255


def test_words_leave_ink_and_wrap() -> None:
    one, two = text().render("three"), text().render("three hundred and thirty-three")
    assert np.asarray(one).min() < 100
    assert two.height > one.height


def test_pillow_without_freetype_can_draw_too(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = ImageFont.load_default_imagefont()
    monkeypatch.setattr(ImageFont, "load_default", lambda size: plain)
    assert np.asarray(text().render("笑 three")).min() < 100


def test_saved_as_text(tmp_path: Path) -> None:
    file = text().save("Grüße 笑", tmp_path / "a.b")
    assert file == tmp_path / "a.b.txt"
    assert file.read_text(encoding="utf-8") == "Grüße 笑\n"
