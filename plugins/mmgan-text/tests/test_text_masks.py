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


@pytest.mark.parametrize("kind", ["bpe", "words", "characters"])
@pytest.mark.parametrize(
    ("original", "gap"),
    [
        ("A Big Dog", 2),
        ("a big okapi", 2),
        ("Ω a big dog", 3),
        ("a big dog", 1),
        ("a big dog", 3),
        ("a big dog and a big dog and a zebra", 2),
    ],
)
def test_known_words_stay_exactly(kind: str, original: str, gap: int) -> None:
    """Whatever the vocabulary has: the sample says of it what it can, and is filled in there."""
    content = train_tokenizer(["a big dog", "a big cat and a dog"], kind, 300)
    modality = TokensModality(TokensOptions(tokenizer=kind, length=14, lower=True), content)
    (mask,) = modality.prepare_masks([str(gap)], [original])
    ids = modality.prepare([original])[0]
    # What stands within a text has the space before it; characters have none.
    fill = "d" if kind == "characters" else " "
    pieces = {modality.text_of([one]): one for one in range(2, modality.count)}
    known = original.split()
    fitting = [one for one in pieces if one.startswith(fill) and one.strip() not in known]
    ids[mask[:, 0] > 0] = pieces[max(fitting or [fill], key=len)]
    (value,) = modality.present(modality.to_sample(ids[None]))
    words = str(modality.with_known(value, original, mask)).split()
    wanted = original.split()
    after = len(wanted) - gap
    assert words[: gap - 1] == wanted[: gap - 1]
    assert words[len(words) - after :] == wanted[gap:]
    assert words != wanted, "the gap is filled"


def test_a_gap_within_a_character_leaves_the_text_as_it_was_made() -> None:
    modality = TokensModality(TokensOptions(tokenizer="bytes", length=6), None)
    mask = torch.tensor([0.0, 1, 0, 0, 0, 0])[:, None]
    ids = modality.prepare(["é"])
    ids[0, 1] = modality.prepare(["a"])[0, 0]
    (value,) = modality.present(modality.to_sample(ids))
    assert modality.with_known(value, "é", mask) == value


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
