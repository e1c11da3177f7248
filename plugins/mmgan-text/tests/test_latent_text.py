"""Texts in the latent space of an autoencoder: a code is decoded into its likeliest text."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml

from mmgan_core.components.latent import Latent, LatentOptions
from mmgan_core.contracts import Condition
from mmgan_core.options import ModelRef
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.run import train
from mmgan_core.zoo.loading import frozen_model

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
