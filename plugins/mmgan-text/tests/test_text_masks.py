"""Masks of texts: whole places, and words that a user names."""

from __future__ import annotations

import pytest
import torch

from mmgan_core.errors import BadValue
from mmgan_text import train_tokenizer
from mmgan_text.text_modality import TextModality, TextOptions
from mmgan_text.tokens_modality import TokensModality, TokensOptions

CHARACTERS = TextModality(TextOptions(length=12))
TEXT = "a big dog"


@pytest.mark.parametrize(
    ("said", "missing"),
    [("1", [0]), ("2", [2, 3, 4]), ("2-3", [2, 3, 4, 5, 6, 7, 8]), ("1, 3", [0, 6, 7, 8])],
)
def test_words_are_missing_with_all_their_characters(said: str, missing: list[int]) -> None:
    (mask,) = CHARACTERS.prepare_masks([said], [TEXT])
    assert mask.shape == CHARACTERS.mask_shape == (12, 1)
    assert mask.flatten().nonzero().flatten().tolist() == missing


@pytest.mark.parametrize("kind", ["bpe", "words"])
def test_words_are_missing_with_all_their_pieces(kind: str) -> None:
    content = train_tokenizer(["a big dog", "a big cat and a dog"], kind, 300)
    modality = TokensModality(TokensOptions(tokenizer=kind, length=12), content)
    (mask,) = modality.prepare_masks(["2"], [TEXT])
    ids = modality.prepare([TEXT])[0]
    assert mask.any()
    kept = ids[(mask[:, 0] == 0) & (ids > 0)].tolist()
    left, lost = (modality.pieces.decode(some) for some in (kept, ids[mask[:, 0] > 0].tolist()))
    assert (left.split(), lost.split()) == (["a", "dog"], ["big"])


@pytest.mark.parametrize("said", ["0", "4", "3-2", "big", "1-", ""])
def test_other_words_are_refused(said: str) -> None:
    with pytest.raises(BadValue, match="no gap of a text of 3 words"):
        CHARACTERS.prepare_masks([said], [TEXT])


def test_words_beyond_a_sample_are_refused() -> None:
    with pytest.raises(BadValue, match="beyond the 12 places"):
        CHARACTERS.prepare_masks(["3"], ["very longwords here"])


def test_scattered_places_are_missing_each_by_chance() -> None:
    torch.manual_seed(0)
    masks = CHARACTERS.sample_masks("scattered", 4000, 0.3, 0.3)
    assert masks.shape == (4000, 12, 1)
    assert masks.mean().item() == pytest.approx(0.3, abs=0.01)
    torch.testing.assert_close(masks.mean(0).flatten(), torch.full((12,), 0.3), atol=0.03, rtol=0)
    gaps = CHARACTERS.sample_masks("box", 100, 0.3, 0.3)[..., 0]
    assert (gaps.diff(dim=1).abs().sum(1) <= 2).all(), "a box is one gap"
