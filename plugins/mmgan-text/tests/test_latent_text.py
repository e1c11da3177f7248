"""Texts in the latent space of an autoencoder: a code is decoded into its likeliest text."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml

from mmgan_core.components.latent import Latent, LatentOptions
from mmgan_core.contracts import Condition, Evaluated, Measurement
from mmgan_core.evaluation.evaluate import evaluate
from mmgan_core.options import ModelRef
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.run import train
from mmgan_core.zoo.loading import frozen_model
from mmgan_text.metrics.distinct import Distinct

AUTOENCODER = """
name: autoencoder
data: core/digits
given:
  seen:
    column: label
    modality: {use: text/text, length: 6, alphabet: efghinorstuvwxz}
    encoder: {use: text/transformer, dim: 16, width: 32, layers: 1, unseen: 0.1}
fusion: {use: core/concatenation, dim: 8, drop: 0.0, drop_all: 0.0}
make:
  word:
    column: label
    modality: {use: text/text, length: 6, alphabet: efghinorstuvwxz}
    generator: {use: text/transformer, width: 32, layers: 1, heads: 2, beams: 1}
    auxiliary_losses: [objectives/likelihood]
train: {samples: 3_200, batch_size: 32, learning_rate: 0.005, ema: {half_life: 100}}
"""
LATENT = """
name: latent
data: core/digits
make:
  word:
    column: label
    modality: {use: core/latent, model: "run:AUTOENCODER"}
    generator: {use: core/dense, noise_dim: 8, hidden: [16]}
    discriminator: {use: core/dense, hidden: [16]}
    loss: objectives/non-saturating
train: {samples: 64, batch_size: 32}
evaluate: {metrics: [text/distinct, text/novelty, text/mauve], count: 40}
"""
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("latent") / "run"
    train(Recipe.model_validate(yaml.safe_load(AUTOENCODER)), folder, cpu=True)
    return folder


def test_a_code_becomes_its_text_again(run: Path) -> None:
    address = f"run:{run}"
    latent = Latent(LatentOptions(model=ModelRef(address)), model=frozen_model(address))
    codes = latent.to_sample(latent.prepare(WORDS))
    assert codes.shape == (10, 8)
    found = latent.present(codes)
    right = [one == other for one, other in zip(found, WORDS, strict=True)]
    assert sum(right) >= 9, found
    # Zero noise is the median of the choices of each place, and not the likeliest.
    made = frozen_model(address).network.generator("word")  # type: ignore[operator]
    assert made.options.beams == 1
    decoded = frozen_model(address).decode("word", latent.prepare(WORDS))
    with torch.no_grad():
        seen = made._seen(Condition(latent.prepare(WORDS)))
        each = made._log_probabilities(decoded.argmax(2), seen)
    ended = decoded[..., 0].cumsum(1) - decoded[..., 0] > 0
    assert (each.argmax(2) == decoded.argmax(2))[~ended].all()


def test_metrics_of_texts_see_decoded_codes_beside_real_texts(run: Path, tmp_path: Path) -> None:
    recipe = LATENT.replace("AUTOENCODER", str(run))
    latent = train(Recipe.model_validate(yaml.safe_load(recipe)), tmp_path / "run", cpu=True).path
    seen: list[Evaluated] = []

    def measure(self: Distinct, fake: Evaluated, *others: Evaluated) -> list[Measurement]:
        seen.extend((fake, *others))
        return found(self, fake, *others)

    found = Distinct.measure
    with pytest.MonkeyPatch.context() as patch:
        # An autoencoder that writes every text wrong: what is real must not pass through it.
        patch.setattr(Latent, "prepare", lambda self, values: torch.zeros(len(values), 8))
        patch.setattr(Distinct, "measure", measure)
        rows = evaluate(latent, write=False).rows
    fake, real, held_out = seen
    assert set(real.values) | set(held_out.values) <= set(WORDS)
    assert len(set(real.values)) > 5
    assert all(isinstance(value, str) for value in fake.values)
    assert fake.samples.shape == (40, 8), "samples are still codes"
    assert {row["name"] for row in rows} > {"distinct-1", "novelty"}
