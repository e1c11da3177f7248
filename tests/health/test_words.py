"""The word that stands beside the losses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mmgan_core.health.illnesses import ILLNESSES
from mmgan_core.health.words import EXPLAINED, STARTING, UNKNOWN, WORDS, health, ills, is_fine
from mmgan_core.training.watching import WATCHED

PAGE = Path(__file__).parents[2] / EXPLAINED
PLAYS = {"image/discriminator_accuracy": 0.75}


def test_before_the_adversarial_loss_starts() -> None:
    assert health({"image/auxiliary": 3.0}, "image") == "auxiliary losses alone"


@pytest.mark.parametrize(
    ("metric", "value", "word"),
    [
        ("diversity", 1.0, "healthy"),
        ("diversity", 0.1, "collapsing"),
        ("diversity", 9.0, "exploding"),
        ("discriminator_accuracy", 0.995, "D far ahead"),
        ("discriminator_accuracy", 0.2, "D lost"),
        ("condition_size", 20.0, "condition unbounded"),
        ("condition_followed", 0.1, "condition ignored"),
        ("variety", 0.05, "noise ignored"),
        ("overfit", 0.9, "memorising"),
        ("leak", 0.9, "augmentation leaks"),
        ("average_behind", 2.0, "average lags"),
        ("dead_units", 0.9, "units dead"),
        ("movement", 1e-6, "standing still"),
    ],
)
def test_words(metric: str, value: float, word: str) -> None:
    assert health({**PLAYS, f"image/{metric}": value}, "image") == word


def test_of_several_illnesses_the_first_is_the_word() -> None:
    metrics = {**PLAYS, "image/leak": 0.9, "image/diversity": 0.1}
    assert health(metrics, "image") == "collapsing"
    assert [one.word for one in ills(metrics, "image")] == ["collapsing", "augmentation leaks"]


def test_metrics_of_a_joint_discriminator_have_its_name() -> None:
    metrics = {"both/discriminator_accuracy": 0.1, "image/diversity": 1.0}
    assert health(metrics, "image", "both") == "D lost"


def test_nothing_bad_is_said_before_enough_was_seen() -> None:
    ill = {"image/discriminator_accuracy": 0.75, "image/diversity": 0.1}
    said = [health(ill, "image", samples=samples) for samples in (64, 3_000, 3_001)]
    assert said == ["starting", "starting", "collapsing"]
    well = {**ill, "image/diversity": 1.0}
    assert health(well, "image", samples=64) == "healthy"
    assert health({}, "image", samples=64) == "auxiliary losses alone"


@pytest.mark.parametrize("word", ["starting", "healthy", "auxiliary losses alone"])
def test_what_asks_for_nothing(word: str) -> None:
    assert is_fine(word)
    assert not is_fine("collapsing")


def test_every_illness_has_a_number_that_is_logged_and_an_end_of_what_is_well() -> None:
    logged = {"diversity", "discriminator_accuracy", *WATCHED}
    for one in ILLNESSES:
        assert one.metric in logged
        assert (one.low is None) != (one.high is None)
        assert one.remedies
        assert one.well.split()[-1] == f"{one.high if one.low is None else one.low:g}"
    assert len({one.word for one in ILLNESSES}) == len(ILLNESSES)


def test_the_page_that_explains_them_has_every_word_and_heading() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [word for word in WORDS if f"| {word} |" not in page] == []
    assert f"{STARTING:,} samples" in page
    headings = [
        re.sub(r"[^a-z0-9]+", "-", heading.lower())
        for heading in re.findall(r"^#+ (.+)$", page, re.M)
    ]
    assert [one.anchor for one in ILLNESSES if one.anchor not in headings] == []
    assert {"starting", "auxiliary losses alone"} == set(UNKNOWN)
