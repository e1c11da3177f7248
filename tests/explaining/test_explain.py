"""What a model is said to follow, by explainers, the verb and Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import yaml
from typer.testing import CliRunner

from mmgan_core import Recipe, explain, load, train
from mmgan_core.cli.explain_verb import app
from mmgan_core.errors import RecipeError, UsageError
from mmgan_core.inference.asked import asked
from mmgan_core.inference.model import Model

RECIPE = """
name: words
data: core/digits
given:
  word: {modality: text/text, column: label, encoder: {use: text/ngrams, dim: 8, buckets: 32}}
  label: {modality: core/label, encoder: {use: core/label-embedding, dim: 8}}
fusion: {use: core/product-of-experts, dim: 8}
make:
  image:
    modality: {channels: 1, height: 8, width: 8}
    generator: {use: core/dense, noise_dim: 4, hidden: [8]}
    discriminator: {use: core/dense, hidden: [8]}
    loss: objectives/non-saturating
train: {samples: 32, batch_size: 16}
PRIOR
"""
BOTH = {"word": "three", "label": "three"}


def trained(folder: Path, prior: str) -> Path:
    recipe = yaml.safe_load(RECIPE.replace("PRIOR", prior))
    train(Recipe.model_validate(recipe), folder, cpu=True)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("words") / "run", "prior: null")


@pytest.fixture(scope="module")
def model(run: Path) -> Model:
    return load(run)


def test_every_explainer_that_fits_is_asked(model: Model) -> None:
    found = explain(model, BOTH, noises=4, orders=2)
    assert [(id, one.title) for id, one in found.each] == [
        ("core/doubt", "doubt about the first image"),
        ("core/entries", "given entries"),
        ("core/parts", "letters of word"),
        ("core/shares", "shares of the condition"),
    ]
    shares = dict(zip(found.each[3][1].units, found.each[3][1].influence, strict=True))
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["word"] == pytest.approx(shares["label"], rel=0.05), "as before training, nearly"
    (entries,) = [one for id, one in found.each if id == "core/entries"]
    assert entries.units == ("word", "label")
    assert entries.test is not None
    assert found.each == explain(model, BOTH, noises=4, orders=2).each


def test_what_explainers_are_shown_is_what_the_model_makes(model: Model) -> None:
    seen = asked(model, BOTH, noises=5, seed=3)
    made = model.generate(count=5, seed=3, **BOTH).tensors["image"]
    assert torch.allclose(seen.samples, made, atol=1e-6)
    alone = model.generate(count=5, seed=3, word="three").tensors["image"]
    assert torch.allclose(seen.make({"word": "three"}), alone, atol=1e-6)
    rms = (made - alone).square().mean((1, 2, 3)).sqrt()
    assert torch.allclose(seen.change({"word": "three"}), rms, atol=1e-6)


def test_entries_that_are_not_given_are_drawn_by_a_prior(tmp_path: Path) -> None:
    drawing = load(trained(tmp_path / "run", "prior: {components: 2, samples: 32}"))
    seen = asked(drawing, BOTH, noises=4, seed=1)
    made = drawing.generate(count=4, seed=1, word="three").tensors["image"]
    assert torch.allclose(seen.make({"word": "three"}), made, atol=1e-5)


def test_the_verb_says_it_in_words_as_json_and_as_a_page(run: Path, tmp_path: Path) -> None:
    page = tmp_path / "why.html"
    call = [str(run), "word=three", "label=three", "--noises", "4", "--orders", "2"]
    said = CliRunner().invoke(app, [*call, "--out", str(page)])
    assert said.exit_code == 0, said.output
    for words in ("given entries", "letters of word", "change of image", "shares are exact"):
        assert words in said.output
    assert "data:image/png" in page.read_text("utf-8")
    found = json.loads(CliRunner().invoke(app, [*call, "--by", "core/entries", "--json"]).output)
    assert [one["explainer"] for one in found] == ["core/entries"]
    assert found[0]["units"] == ["word", "label"]
    assert found[0]["test"]["most_first"]


@pytest.mark.parametrize(
    ("given", "made", "said"),
    [
        ({"word": ["one", "two"]}, "", "word is given several times"),
        ({"wrod": "one"}, "", "wrod"),
        ({"word": "one"}, "picture", "no entry 'picture'"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    model: Model, given: dict[str, object], made: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        explain(model, given, made=made)


def test_an_explainer_that_does_not_exist_is_refused(model: Model) -> None:
    with pytest.raises(RecipeError, match="core/entrys"):
        explain(model, BOTH, by=["core/entrys"])


def test_a_model_explains_as_the_function_does_by_gradients_too(model: Model) -> None:
    by = ["core/entries", "core/integrated-gradients"]
    found = model.explain(**BOTH, by=by, noises=4, orders=2)
    assert [one.title for _, one in found.each] == ["given entries", "letters of word"]
    assert found.each == explain(model, BOTH, by=by, noises=4, orders=2).each
    assert "sum to" not in found.each[1][1].believe, "both entries are given, so nothing jumps"
