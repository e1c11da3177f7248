"""Which entry the words of a made text are due to, by a model that was taught one word of it."""

from __future__ import annotations

import pytest
import yaml

from mmgan_core import Recipe, explain, load, train
from mmgan_core.inference.explain import Explanations

RECIPE = """
name: pets
data: table:TABLE
given:
  said: {modality: text/text, encoder: {use: text/ngrams, dim: 32, buckets: 64}}
  mood: {modality: core/label, encoder: {use: core/label-embedding, dim: 4}}
fusion: {use: core/concatenation, dim: 36, drop: 0.0, drop_all: 0.0}
prior: null
make:
  pet:
    modality: {use: text/tokens, tokenizer: words, length: 4}
    generator: {use: text/transformer, width: 32, layers: 1, beams: 1}
    auxiliary_losses: [objectives/likelihood]
train:
  samples: 4_800
  batch_size: 32
  learning_rate: 0.003
  betas: [0.9, 0.99]
  ema: {half_life: 200}
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Explanations:
    """Of a model that repeats the animal, and never the colour or the mood."""
    folder = tmp_path_factory.mktemp("pets")
    rows = [
        f"{colour} {pet} here,{mood},the {pet} runs"
        for colour in ("red", "blue", "grey")
        for pet in ("cat", "dog", "fox")
        for mood in ("glad", "sad")
    ]
    (folder / "pets.csv").write_text("\n".join(["said,mood,pet", *rows * 3]), encoding="utf-8")
    recipe = yaml.safe_load(RECIPE.replace("TABLE", str(folder / "pets.csv")))
    train(Recipe.model_validate(recipe), folder / "run", cpu=True)
    given = {"said": "red dog here", "mood": "glad"}
    return explain(load(folder / "run"), given, noises=2, orders=40)


def test_the_word_that_is_repeated_matters_and_the_mood_does_not(found: Explanations) -> None:
    by_title = {one.title: one for _, one in found.each}
    words = by_title["words of said"]
    assert words.units[max(range(3), key=words.influence.__getitem__)] == "dog"
    assert words.test is not None
    assert words.test.gain > 0.2, "it stands the test of deletion"
    entries = by_title["given entries"]
    said, mood = entries.influence
    assert said > mood


def test_a_word_is_due_to_what_it_is_not_said_without(found: Explanations) -> None:
    (due,) = [one for id, one in found.each if id == "text/due-words"]
    notes = dict(zip(due.units, due.notes, strict=True))
    assert notes["dog"] == "said"
    assert notes["the"] == "nothing by itself", "it is said whatever is given"
