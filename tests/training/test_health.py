"""The word that stands beside the losses."""

import pytest

from mmgan_core.training.health import health


def test_before_the_discriminator_plays() -> None:
    assert health({"image/terms": 3.0}, "image") == "terms alone"


@pytest.mark.parametrize(
    ("told_apart", "variety", "word"),
    [(0.75, 1.0, "healthy"), (0.75, 0.1, "collapsing"), (0.75, 9.0, "exploding"),
     (0.995, 1.0, "D far ahead"), (0.2, 1.0, "D lost")],
)  # fmt: skip
def test_words(told_apart: float, variety: float, word: str) -> None:
    assert health({"image/told_apart": told_apart, "image/variety": variety}, "image") == word
