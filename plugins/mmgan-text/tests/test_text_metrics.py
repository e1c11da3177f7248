"""Metrics of a few texts, worked out by hand, and against the libraries that papers use."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
import torch
from sacrebleu.metrics.bleu import BLEU as Library

from mmgan_core.contracts import Encoding, Evaluated, Measurement
from mmgan_core.errors import UsageError
from mmgan_text.metrics import words
from mmgan_text.metrics.bleu import RowBLEU, RowBLEUOptions
from mmgan_text.metrics.distinct import Distinct, DistinctOptions
from mmgan_text.metrics.exact_match import ExactMatch, ExactMatchOptions
from mmgan_text.metrics.grams import References, bleu, ms_jaccard, self_bleu
from mmgan_text.metrics.mauve import MAUVE, MAUVEOptions, area
from mmgan_text.metrics.ms_jaccard import MSJaccard, MSJaccardOptions
from mmgan_text.metrics.novelty import Novelty, NoveltyOptions
from mmgan_text.metrics.rouge import ROUGE, ROUGEOptions, first_sentence
from mmgan_text.metrics.self_bleu import SelfBLEU, SelfBLEUOptions
from mmgan_text.metrics.words import pieces, refuse_without


def texts(*said: str) -> list[tuple[str, ...]]:
    return [pieces(one) for one in said]


def seen(*said: str, references: tuple[str, ...] = ()) -> Evaluated:
    other = Evaluated(values=list(references)) if references else None
    return Evaluated(values=list(said), references=other)


def chance(seed: int, count: int = 40) -> list[str]:
    """Texts of 1 to 9 of five words."""
    sampled = random.Random(seed)
    return [" ".join(sampled.choices("abcde", k=sampled.randint(1, 9))) for _ in range(count)]


# Pieces


def test_marks_are_words_by_themselves_and_capitals_count_as_small_letters() -> None:
    assert pieces("Réseau-libre: C++") == ("réseau", "-", "libre", ":", "c", "+", "+")
    assert pieces("A b", lower=False) == ("A", "b")


def test_characters_have_one_space_for_every_gap() -> None:
    assert pieces(" 日本 \n語 ", "characters") == ("日", "本", " ", "語")


# BLEU with references that all texts share


def test_bleu_counts_what_the_references_have() -> None:
    """Of a b c d: a, b, c of 4 words, and a b, b c of 3 pairs."""
    found = bleu(texts("a b c d"), References(texts("a b c e"), 2))
    assert found == pytest.approx(math.sqrt(3 / 4 * 2 / 3))


def test_bleu_counts_a_word_as_often_as_one_reference_has_it() -> None:
    """Three a: two count, since one reference has two; of two pairs a a, one."""
    found = bleu(texts("a a a"), References(texts("a a", "a"), 2))
    assert found == pytest.approx(math.sqrt(2 / 3 * 1 / 2))


def test_bleu_punishes_what_is_shorter_than_the_nearest_reference() -> None:
    assert bleu(texts("a b"), References(texts("a b c d"), 2)) == pytest.approx(math.exp(-1))
    # Of two that are as near, the shorter one: 3 words, and the text is longer.
    assert bleu(texts("a b c d"), References(texts("a b c", "a b c d e"), 1)) == pytest.approx(1)


def test_bleu_of_texts_without_long_runs_is_that_of_the_shorter_ones() -> None:
    assert bleu(texts("a"), References(texts("a b"), 4)) == pytest.approx(math.exp(-1))
    assert bleu(texts(""), References(texts("a"), 4)) == 0
    assert self_bleu(texts("", ""), 4) is None
    assert bleu(texts("b"), References(texts("a"), 4)) == 0


def test_bleu_is_that_of_sacrebleu() -> None:
    made, real = chance(0), chance(1, 10)
    known = Library(tokenize="none", smooth_method="none").corpus_score(
        made, [[one] * len(made) for one in real]
    )
    assert 100 * bleu(texts(*made), References(texts(*real), 4)) == pytest.approx(known.score)


# Self-BLEU


def test_no_text_is_its_own_reference() -> None:
    """Two say the same, so 4 of 6 words and 2 of 3 pairs are found elsewhere."""
    assert self_bleu(texts("a b", "a b", "c d"), 2) == pytest.approx(2 / 3)


def test_the_text_with_most_of_a_word_finds_what_the_next_one_has() -> None:
    """a a a finds one a, since the other text has no more; that text finds its own a."""
    found = self_bleu(texts("a a a", "a"), 1)
    assert found == pytest.approx(2 / 4)  # 4 words against 1 + 3: not shorter


def test_self_bleu_is_that_of_sacrebleu_with_the_others_as_references() -> None:
    made = chance(2, 30)
    others = [[made[(row + by) % 30] for row in range(30)] for by in range(1, 30)]
    known = Library(tokenize="none", smooth_method="none").corpus_score(made, others)
    assert 100 * self_bleu(texts(*made), 4) == pytest.approx(known.score)


def test_self_bleu_compares_so_many_and_not_more() -> None:
    metric = SelfBLEU(SelfBLEUOptions(order=2, rows=3))
    fake = seen("a b", "a b", "c d", "c d", "c d")
    (found,) = metric.measure(fake, seen("a b", "c d", "e f", "a b"), seen("a"))
    assert (found.name, found.value, found.floor) == ("self-BLEU-2", pytest.approx(2 / 3), 0)
    assert (found.better, found.n) == ("lower", 3)
    assert metric.measure(seen("a"), seen("a"), seen("a")) == []


# MS-Jaccard


def test_ms_jaccard_of_words_and_pairs() -> None:
    """A text has 1 a, 0.5 b, 0.5 c against 0.5 a, 1.5 b: 1 of 3; of its pairs 0.5 of 1.5."""
    one, other = texts("a b", "a c"), texts("a b", "b b")
    assert ms_jaccard(one, other, 2) == pytest.approx(1 / 3)
    assert ms_jaccard(other, one, 2) == pytest.approx(1 / 3)
    assert ms_jaccard(one * 3, other, 2) == pytest.approx(1 / 3), "counts are of one text"


def test_ms_jaccard_is_the_geometric_mean_of_all_lengths() -> None:
    """The words are alike, of three pairs one is shared."""
    assert ms_jaccard(texts("a b c"), texts("c a b"), 2) == pytest.approx(math.sqrt(1 / 3))
    assert ms_jaccard(texts("a b"), texts("b a"), 2) == 0
    assert ms_jaccard(texts("a"), texts("a"), 4) == pytest.approx(1)
    assert ms_jaccard(texts(""), texts("a"), 4) is None


def test_ms_jaccard_compares_as_many_of_each() -> None:
    metric = MSJaccard(MSJaccardOptions(order=1))
    (found,) = metric.measure(seen("a", "b", "x"), seen("a", "c", "x"), seen("a", "c"))
    assert (found.name, found.n) == ("MS-Jaccard-1", 2)
    assert (found.value, found.floor) == pytest.approx((1 / 3, 1))


# Distinct, novelty


def test_distinct_counts_each_run_once() -> None:
    """2 of 5 words, 2 of 3 pairs, and one of two texts stood there before."""
    rows = Distinct(DistinctOptions()).measure(seen("a a b", "a b"), seen("a", "a"), seen("a"))
    assert [(row.name, row.value, row.floor) for row in rows] == [
        ("distinct-1", pytest.approx(2 / 5), 0.5),
        ("distinct-2", pytest.approx(2 / 3), None),
        ("unique texts", 1, 0.5),
    ]


def test_what_the_training_set_has_is_not_new_whatever_its_spaces() -> None:
    fake, real = seen("A  cat", "a dog", "an owl"), seen("a cat", "a hen")
    (found,) = Novelty(NoveltyOptions()).measure(fake, real, seen("a cat", "a cow", "a dog"))
    assert (found.value, found.floor, found.n) == (pytest.approx(1 / 3), 0.5, 3)


# BLEU and ROUGE of rows


def test_bleu_of_a_row() -> None:
    """5/6 words, 3/5 pairs, 2/4 triples and 1/3 fours; other real texts stand in the floor."""
    said, real = "the cat sat on the mat", "the cat sat on a mat"
    (found,) = RowBLEU(RowBLEUOptions(resamples=100)).measure(
        seen(said, references=(real,)), seen(real), seen(real)
    )
    assert found.value == pytest.approx(100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25)
    assert found.floor == pytest.approx(100)


def test_bleu_of_rows_is_the_corpus_bleu_of_the_library() -> None:
    made, real = chance(3), chance(4)
    (found,) = RowBLEU(RowBLEUOptions(resamples=100)).measure(
        seen(*made, references=tuple(real)), seen(*real), seen(*chance(5))
    )
    known = Library().corpus_score(made, [real])
    assert found.value == pytest.approx(known.score)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high


def test_rouge_of_a_row_and_of_first_sentences() -> None:
    said, real = "the cat sat", "the cat ran"
    metric = ROUGE(ROUGEOptions(first_sentence="about"))
    given = {"about": ["The cat. The dog."]}
    rows = metric.measure(seen(said, references=(real,)), seen(real), seen("a dog"))
    assert [(row.name, row.value, row.floor, row.baseline) for row in rows] == [
        ("ROUGE-1", pytest.approx(2 / 3), 0, ""),
        ("ROUGE-2", pytest.approx(1 / 2), 0, ""),
        ("ROUGE-L", pytest.approx(2 / 3), 0, ""),
    ]
    first = metric.measure_real(Evaluated(values=[real], given=given), seen("a dog"))
    # Of the first sentence both words are right, and of the real text two of three.
    assert [(row.name, row.value) for row in first] == [
        ("ROUGE-1", pytest.approx(0.8)),
        ("ROUGE-2", pytest.approx(2 / 3)),
        ("ROUGE-L", pytest.approx(0.8)),
    ]
    assert {row.baseline for row in first} == {"first sentence of about"}
    assert ROUGE(ROUGEOptions()).measure_real(seen(real), seen("a")) == []


def test_an_exact_match_is_of_every_sign_but_capitals_and_spaces() -> None:
    """Two of four; other real texts are right in one row of two."""
    fake = seen(" Seven", "sevn", "two dogs", "?", references=("seven", "seven", "two  dogs", "!"))
    real, other = seen("seven", "two"), seen("seven", "three")
    (row,) = ExactMatch(ExactMatchOptions()).measure(fake, real, other)
    assert (row.name, row.value, row.floor, row.n) == ("exact match", 0.5, 0.5, 4)
    assert row.low is not None
    assert row.low < 0.5
    strict = ExactMatch(ExactMatchOptions(lower=False))
    assert strict.measure(fake, real, other)[0].value == 0.25
    nothing = Evaluated(values=[], references=Evaluated(values=[]))
    assert strict.measure(nothing, real, other) == []


def test_a_first_sentence_ends_at_a_mark_a_line_or_so_many_characters() -> None:
    assert first_sentence(" Version 1.2 of it. More.", 120) == "Version 1.2 of it."
    assert first_sentence("A title\nand more.", 120) == "A title"
    assert first_sentence("abcdef", 4) == "abcd"


def test_a_first_sentence_of_nothing_that_is_given_is_refused() -> None:
    metric = ROUGE(ROUGEOptions(first_sentence="abot"))
    with pytest.raises(UsageError, match="first_sentence names 'abot'") as caught:
        metric.measure_real(Evaluated(values=["a"], given={"about": ["a"]}), seen("a"))
    assert caught.value.hint == "did you mean 'about'?"


def test_a_metric_without_its_library_is_refused_when_it_is_built(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(words, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="sacrebleu, which is not installed") as caught:
        RowBLEU(RowBLEUOptions())
    assert caught.value.hint == "pip install 'mmgan-text[metrics]'"
    with pytest.raises(UsageError):
        refuse_without("rouge_score", "text/rouge")


# MAUVE


def test_mauve_of_equal_and_of_disjoint_shares() -> None:
    half = np.array([0.5, 0.5])
    assert area(half, half) == pytest.approx(1)
    assert area(np.array([1.0, 0.0]), np.array([0.0, 1.0])) < 0.01


def test_mauve_of_a_collapsed_model() -> None:
    """All made texts in one of two groups: KL(q | r) = -log(1 - w/2), and of p one half more.

    x = (1 - w/2)^5, and y = exp(-5 (0.5 log(0.5 / (1 - w/2)) + 0.5 log(1 / w))).
    """
    w = np.linspace(1e-6, 1 - 1e-6, 25)
    x = (1 - w / 2) ** 5
    y = ((1 - w / 2) * 2) ** 2.5 * w**2.5
    x, y = np.r_[1, x, 0], np.r_[0, y, 1]
    by_hand = float(((x[:-1] - x[1:]) * (y[:-1] + y[1:]) / 2).sum())
    assert area(np.array([0.5, 0.5]), np.array([1.0, 0.0])) == pytest.approx(by_hand)


def lengths(values: object) -> Encoding:
    assert isinstance(values, list)
    return Encoding(torch.tensor([[float(len(one)), 3.0] for one in values]))


def test_mauve_groups_both_sets_together() -> None:
    real = [f"{'a' * (1 + row % 2 * 40)}" for row in range(40)]
    short = ["b"] * 40

    def shown(said: list[str]) -> Evaluated:
        return Evaluated(values=said, encode=lengths)

    metric = MAUVE(MAUVEOptions())
    (same,) = metric.measure(shown(real), shown(real), shown(real))
    (half,) = metric.measure(shown(short), shown(real), shown(real))
    assert (same.name, same.value, same.floor) == ("MAUVE", pytest.approx(1), pytest.approx(1))
    assert half.value == pytest.approx(area(np.array([0.5, 0.5]), np.array([1.0, 0.0])))
    assert metric.measure(shown(["a"]), shown(["a"]), shown(["a"])) == []


@pytest.mark.parametrize("metric", [SelfBLEU(SelfBLEUOptions()), MSJaccard(MSJaccardOptions())])
def test_empty_texts_are_measured_or_left_out_but_no_error(metric: SelfBLEU | MSJaccard) -> None:
    found: list[Measurement] = metric.measure(seen("", ""), seen("a", "b"), seen("a", "b"))
    assert found == []
