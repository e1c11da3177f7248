"""Which words matter, worked out by hand, and of a model that follows one word."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
import yaml

from mmgan_core import Recipe, load, train
from mmgan_core.errors import UsageError
from mmgan_core.inference.samples import Samples
from mmgan_text.word_attribution import Deletion, apart, by_deletion, word_attribution

WEIGHTS = {"a": 0.0, "red": 1.0, "round": 3.0}


def lost(left: Sequence[str]) -> float:
    """Each word that is gone changes so much."""
    return sum(weight for word, weight in WEIGHTS.items() if word not in left)


def test_the_word_that_changes_most_is_deleted_first() -> None:
    found = by_deletion(["a", "red", "round"], lost, orders=50, seed=0)
    assert found.influence == (0, 1, 3)
    assert found.most_first == (3, 4, 4)
    # By chance a third and two thirds of all that there is.
    assert found.by_chance == pytest.approx((4 / 3, 8 / 3, 4), abs=0.4)
    one, other = 3 + 4, sum(found.by_chance[:2])
    assert found.gain == pytest.approx(one / other - 1)


def test_what_changes_nothing_has_no_gain() -> None:
    found = by_deletion(["a", "b"], lambda left: 0.0, orders=3, seed=0)
    assert found == Deletion((0, 0), (0, 0), (0, 0))
    assert found.gain == 0


def test_a_text_without_some_words_is_made_once() -> None:
    asked: list[tuple[str, ...]] = []

    def change(left: Sequence[str]) -> float:
        asked.append(tuple(left))
        return float(len(left))

    by_deletion(["a", "b", "c"], change, orders=20, seed=0)
    assert len(asked) == len(set(asked)) == 7, "every choice of words to leave out, but none"


def test_how_far_samples_are_apart() -> None:
    """Two of three and two words in common; and roots of 4 and 16, in the mean."""
    one = Samples({"say": ["a b c", "x"]}, {"x": torch.zeros(2, 2)}, {})
    other = Samples({"say": ["b a", "x"]}, {"x": torch.tensor([[2.0, 2.0], [4.0, -4.0]])}, {})
    assert apart(one, other, "say", texts=True) == pytest.approx((1 - 4 / 5) / 2)
    assert apart(one, other, "x", texts=False) == pytest.approx(3)


RECIPE = """
name: words
data: core/digits
given: {label: {modality: text/text, encoder: {use: text/ngrams, dim: 8, buckets: 32}}}
make:
  image:
    modality: {channels: 1, height: 8, width: 8}
    generator: {use: core/dense, noise_dim: 4, hidden: [8]}
    discriminator: {use: core/dense, hidden: [8]}
    loss: objectives/non-saturating
train: {samples: 32, batch_size: 16}
"""


def test_a_model_is_asked_with_the_same_noise(tmp_path: Path) -> None:
    train(Recipe.model_validate(yaml.safe_load(RECIPE)), tmp_path / "run", cpu=True)
    model = load(f"run:{tmp_path / 'run'}")
    found = word_attribution(model, "label", "three three", noises=2, orders=2)
    assert found.words == ("three", "three")
    assert found.influence[0] == pytest.approx(found.influence[1]), "the same words are left"
    assert found.influence[0] > 0
    assert found == word_attribution(model, "label", "three three", noises=2, orders=2)
    with pytest.raises(UsageError, match="no word"):
        word_attribution(model, "label", " ")
    for wrong in ({"entry": "lable"}, {"entry": "label", "made": "picture"}):
        with pytest.raises(UsageError, match="has no entry"):
            word_attribution(model, text="three", **wrong)
