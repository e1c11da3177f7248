"""The word that stands beside the losses."""

import pytest

from mmgan_core.training.health import health


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
