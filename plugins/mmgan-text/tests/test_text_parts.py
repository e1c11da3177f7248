"""The parts of texts, and how far texts are apart."""

from __future__ import annotations

import pytest
import torch

from mmgan_text.text_modality import TextModality, TextOptions

TEXT = TextModality(TextOptions(length=12, alphabet="abcdefghijklmnopqrstuvwxyz "))


def test_words_of_several_and_letters_of_one() -> None:
    assert TEXT.parts("a red flag") == {"words": ["a", "red", "flag"]}
    assert TEXT.parts("red") == {"letters": ["r", "e", "d"]}
    assert TEXT.parts("a") == {}


@pytest.mark.parametrize(
    ("text", "family", "gone", "left"),
    [
        ("a red flag", "words", [1], "a flag"),
        ("a red flag", "words", [2, 0], "red"),
        ("a red flag", "words", [0, 1, 2], None),
        ("red", "letters", [1], "rd"),
        ("red", "letters", [0, 1, 2], None),
        (" red  flag", "words", [], " red  flag"),
    ],
)
def test_what_is_left(text: str, family: str, gone: list[int], left: str | None) -> None:
    assert TEXT.without(text, family, gone) == left


def test_texts_are_apart_by_the_words_that_they_do_not_share() -> None:
    """Two of three and two words in common."""
    one, other = (TEXT.to_sample(TEXT.prepare(texts)) for texts in (["a b c", "x"], ["b a", "x"]))
    assert torch.allclose(TEXT.apart(one, other), torch.tensor([1 - 4 / 5, 0.0]))
