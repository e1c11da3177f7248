"""What samples follow of everything that is given, by a model that was taught one word of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from mmgan_core import Recipe, load, train
from mmgan_core.errors import UsageError
from mmgan_text.explain_verb import app
from mmgan_text.given_attribution import Due, Given, _due, given_attribution

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
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that repeats the animal, and never the colour or the mood."""
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
    return folder / "run"


def test_the_word_that_is_repeated_matters_and_the_mood_does_not(run: Path) -> None:
    given = {"said": "red dog here", "mood": "glad"}
    found = given_attribution(load(f"run:{run}"), given, noises=1, orders=40)
    words = [Given("said", word) for word in ("red", "dog", "here")]
    assert found.units == (*words, Given("mood"))
    assert max(zip(found.influence, found.units, strict=True))[1] == Given("said", "dog")
    changed = dict(found.entries)
    assert changed["said"] > changed["mood"]
    assert found.gain > 0.2, "it stands the test of deletion"
    assert Due("dog", ("said",)) in found.due
    assert Due("the", ()) in found.due, "it is said whatever is given"


def test_a_word_is_due_to_what_it_is_not_said_without() -> None:
    assert _due("a red fox", {"caption": "a fox", "group": "a red dog"}) == (
        Due("a", ()),
        Due("red", ("caption",)),
        Due("fox", ("group",)),
    )


def test_the_verb_says_it_in_words_and_as_json(run: Path) -> None:
    call = [f"run:{run}", "said=red dog here", "mood=glad", "--noises", "1", "--orders", "4"]
    said = CliRunner().invoke(app, call)
    assert said.exit_code == 0, said.output
    assert "said: dog" in said.output
    assert "words of the first sample" in said.output
    assert "deletion test: the most influential first changes +" in said.output
    found = json.loads(CliRunner().invoke(app, [*call, "--json"]).output)
    assert found["gain"] > 0
    assert [unit["word"] for unit in found["units"]] == ["red", "dog", "here", ""]
    alone = CliRunner().invoke(app, [f"run:{run}", "mood=glad"])
    assert "a single word or entry has no order" in alone.output


@pytest.mark.parametrize(
    ("given", "made", "said"),
    [
        ({}, "", "nothing is given"),
        ({"said": ["a dog", "a cat"]}, "", "said is given several times"),
        ({"sayd": "a dog"}, "", "sayd"),
        ({"said": "a dog"}, "pets", "no entry 'pets'"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    run: Path, given: dict[str, object], made: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        given_attribution(load(f"run:{run}"), given, made=made)
