"""The word that stands beside the losses."""

from pathlib import Path

import pytest

from mmgan_core.training.health import EXPLAINED, STARTING, UNKNOWN, health, is_fine


def test_before_the_adversarial_loss_starts() -> None:
    assert health({"image/auxiliary": 3.0}, "image") == "auxiliary losses alone"


@pytest.mark.parametrize(
    ("discriminator_accuracy", "diversity", "word"),
    [
        (0.75, 1.0, "healthy"),
        (0.75, 0.1, "collapsing"),
        (0.75, 9.0, "exploding"),
        (0.995, 1.0, "D far ahead"),
        (0.2, 1.0, "D lost"),
    ],
)
def test_words(discriminator_accuracy: float, diversity: float, word: str) -> None:
    assert (
        health(
            {"image/discriminator_accuracy": discriminator_accuracy, "image/diversity": diversity},
            "image",
        )
        == word
    )


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


def test_the_page_that_explains_them_has_every_word() -> None:
    page = (Path(__file__).parents[2] / EXPLAINED).read_text(encoding="utf-8")
    words = ["healthy", *UNKNOWN, "D far ahead", "D lost", "collapsing", "exploding"]
    assert [word for word in words if f"| {word} |" not in page] == []
    assert f"{STARTING:,} samples" in page
