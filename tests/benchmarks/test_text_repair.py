"""Texts with gaps, filled in by a model and by counting: what is right, and what must stay."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from benchmarks.text_repair import (
    Filled,
    by_counting,
    has,
    known_letters,
    likeliest,
    main,
    masks_of,
    measured,
)
from mmgan_core import load_recipe
from mmgan_core.training.run import train
from mmgan_text import train_tokenizer
from mmgan_text.metrics.ngram_model import NgramModel
from mmgan_text.tokens_modality import TokensModality, TokensOptions

from .conftest import Measure

TEXTS = ["a small tool for texts", "a fast library for pictures", "the tool of all tools"]


@pytest.fixture
def words() -> TokensModality:
    """A word at each place."""
    return TokensModality(TokensOptions(length=6), train_tokenizer(TEXTS, "words"))


@pytest.mark.parametrize("kind", ["words", "box", "scattered"])
def test_of_every_text_a_share_is_missing_and_never_its_end(
    words: TokensModality, kind: str
) -> None:
    masks = masks_of(words, TEXTS, kind, 0.4, seed=1)
    assert masks.shape == (3, 6, 1)
    assert masks.sum(1).flatten().tolist() == [2, 2, 2]
    assert not masks[:, 5].any()
    assert masks_of(words, TEXTS, kind, 0.01, seed=1).sum(1).flatten().tolist() == [1, 1, 1]


def test_what_is_right_is_counted_by_pieces_and_by_gaps(words: TokensModality) -> None:
    masks = torch.zeros(1, 6, 1)
    masks[0, [0, 2, 3]] = 1
    wrong = words.prepare(["a small library for texts"]).tolist()
    found = measured(words, TEXTS[:1], masks, Filled(wrong, ["a small library for texts"]))
    assert (found["pieces"], found["gaps"]) == (pytest.approx(2 / 3), 1 / 2)
    assert found["ROUGE-L"] == pytest.approx(2 / 3)
    assert (found["kept pieces"], found["kept texts"]) == (1, 1)


def test_a_known_word_that_changed_is_noticed(words: TokensModality) -> None:
    masks = torch.zeros(1, 6, 1)
    masks[0, 2] = 1
    changed = words.prepare(["a large tool for texts"]).tolist()
    found = measured(words, TEXTS[:1], masks, Filled(changed, ["a large tool for texts"]))
    assert (found["kept pieces"], found["kept texts"]) == (pytest.approx(4 / 5), 0)


def test_known_letters_stay_where_they_are(words: TokensModality) -> None:
    masks = torch.zeros(6, 1)
    masks[1] = 1
    known = known_letters(words, "a small tool for texts", masks)
    assert has("a most curious tool for texts", known)
    assert not has("a small tool for text", known)
    assert not has("small tool for texts", known)


def test_letters_are_known_in_their_order_and_once() -> None:
    assert has("ab", ["ab"])
    assert not has("abc", ["ab"])
    assert has("abcb", ["a", "b", ""])
    assert not has("ab", ["ab", "b"]), "no letter stands for two"
    assert not has("acb", ["a", "b", "c", ""])
    assert has("a" * 1_000, ["", *"a" * 40, ""])
    assert not has("a" * 1_000, ["", *"a" * 40, "b"])


def test_an_ngram_model_reads_what_comes_after_a_gap_too() -> None:
    """After "a", "b" is likelier than "c"; but what follows says that "c" was there."""
    texts = [("2", "3", "4")] * 3 + [("2", "5", "6")]
    fill = likeliest(NgramModel(texts, 2), beams=4)
    assert fill([2, 9, 4], [False, True, False]) == [2, 3, 4]
    assert fill([2, 9, 6], [False, True, False]) == [2, 5, 6]
    assert fill([2, 9, 9], [False, True, True]) == [2, 3, 4]


def test_counting_leaves_what_is_known(words: TokensModality) -> None:
    masks = torch.zeros(1, 6, 1)
    masks[0, 0] = 1
    filled = by_counting(words, TEXTS[:1], masks, lambda ids, missing: [7, *ids[1:]])
    assert filled.ids[0] == [7, *words.prepare(TEXTS[:1])[0, 1:].tolist()]


def test_a_table_is_printed(tmp_path: Path, measure: Measure) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for split in ("train", "validation"):
        rows = {"synopsis": TEXTS * 6, "section": ["games", "libs", "doc"] * 6}
        pq.write_table(pa.table(rows), data / f"{split}.parquet")
    recipe = load_recipe(
        "synopses-repair",
        **{
            "data": f"parquet:{data}",
            "train.samples": 32,
            "train.batch_size": 8,
            "make.synopsis.modality": {"use": "text/tokens", "tokenizer": "words"},
            "make.synopsis.generator.width": 8,
            "make.synopsis.generator.layers": 1,
            "make.synopsis.discriminator.width": 8,
        },
    )
    run, to = train(recipe, tmp_path / "run"), tmp_path / "numbers.json"
    said = measure(main, run.path, "--shares", 0.3, "--show", 1, "--given", "section", "--to", to)
    assert "__" in said
    assert any(f"\n  {text}\n" in said for text in TEXTS)
    found = {(one["kind"], one["by"]): one for one in json.loads(to.read_text())}
    assert len(found) == 3 * 4
    assert all(one["kept pieces"] == 1 for one in found.values())
    assert found["words", "the model"]["kept texts"] == 1
    # The test texts are those that it learned from.
    assert found["words", "3-gram model"]["pieces"] > 0.8
    assert found["words", "3-gram model"]["low"] <= found["words", "3-gram model"]["pieces"]
