"""Texts whose missing places are filled in, from the loss to a trained model."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from torch import Tensor
from torch.nn.functional import one_hot

from mmgan_core.contracts import (
    Condition,
    ConditionSpace,
    Critique,
    GeneratorStep,
    Masked,
    SampleSpace,
)
from mmgan_core.errors import BadValue
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.run import train
from mmgan_core.zoo.loading import load
from mmgan_text.cross_entropy import CrossEntropy, CrossEntropyOptions
from mmgan_text.parallel_generator import ParallelGenerator, ParallelGeneratorOptions
from mmgan_text.transformer_generator import (
    TransformerGenerator,
    TransformerGeneratorOptions,
)

SPACE = SampleSpace("text", (4, 3), 0.0, 1.0)
ODDS = (0.2, 0.5, 0.3)


def step_of(real: Tensor, condition: Condition, *, masked: bool) -> GeneratorStep:
    """Of a generator that has the same odds at every place."""
    space = ConditionSpace(0, mask_shape=(4, 1) if masked else None)
    made = ParallelGenerator(ParallelGeneratorOptions(width=4, heads=1, layers=1), SPACE, space)
    with torch.no_grad():
        made.embed.zero_()
        made.bias.copy_(torch.tensor(ODDS).log())
    noise = torch.zeros(len(real), 64)
    nothing = torch.full_like(real, torch.nan)
    return GeneratorStep(made, noise, condition, nothing, real, lambda x: Critique(x[:, 0, 0]))


def test_the_cross_entropy_is_of_the_places_up_to_the_end() -> None:
    real = one_hot(torch.tensor([[1, 2, 0, 0], [1, 1, 1, 2]]), 3).float()
    loss = CrossEntropy(CrossEntropyOptions(), SPACE)
    condition = Condition(torch.zeros(2, 0))
    found = loss(step_of(real, condition, masked=False))
    assert found.item() == pytest.approx(-math.log(0.5 * 0.3 * 0.2 * 0.5**3 * 0.3) / 7)
    # Of known lengths, without the ends.
    places = torch.tensor([[1, 1, 0, 0], [1, 1, 1, 1]])[..., None] > 0
    found = loss(step_of(real, replace(condition, places=places), masked=False))
    assert found.item() == pytest.approx(-math.log(0.5 * 0.3 * 0.5**3 * 0.3) / 6)


def test_in_repair_it_is_of_missing_places_alone() -> None:
    real = one_hot(torch.tensor([[1, 2, 1, 1]]), 3).float()
    mask = torch.tensor([[0.0, 1.0, 0.0, 1.0]])[..., None]
    condition = Condition(torch.zeros(1, 0), masked=Masked.of(real, mask, SPACE))
    found = CrossEntropy(CrossEntropyOptions(), SPACE)(step_of(real, condition, masked=True))
    # At the second place it cannot end, because a piece is known after it: 0.3 of 0.8.
    assert found.item() == pytest.approx(-(math.log(0.3 / 0.8) + math.log(0.5)) / 2, rel=1e-5)


def test_a_generator_of_one_piece_after_another_is_refused() -> None:
    made = TransformerGenerator(TransformerGeneratorOptions(), SPACE, ConditionSpace(0))
    real = torch.zeros(1, 4, 3)
    step = replace(step_of(real, Condition(torch.zeros(1, 0)), masked=False), generator=made)
    with pytest.raises(BadValue, match="choose text/parallel"):
        CrossEntropy(CrossEntropyOptions(), SPACE)(step)


RECIPE = """
name: gaps
data: core/digits
make:
  word:
    column: label
    modality: {use: text/text, length: 6, alphabet: efghinorstuvwxz}
    generator: {use: text/parallel, width: 32, heads: 2, layers: 2, noise_dim: 4}
    discriminator: {use: text/conv, width: 16, layers: 1}
    loss: objectives/relativistic
    repair: {masks: [scattered], smallest: 0.1, largest: 0.4}
    auxiliary_losses: [text/cross-entropy]
    adversarial_start: 4_480
train: {samples: 4_800, batch_size: 32, learning_rate: 0.005, ema: {half_life: 100}}
"""


def test_missing_letters_of_words_are_found(tmp_path: Path) -> None:
    train(Recipe.model_validate(yaml.safe_load(RECIPE)), tmp_path / "run", cpu=True)
    model = load(tmp_path / "run")
    # Of each, no other word has the letters that are known.
    words = ["three", "seven", "eight"]
    masked = Masked.of(
        model.gan.modalities["word"].to_sample(model.gan.modalities["word"].prepare(words)),
        torch.tensor([0.0, 0, 1, 0, 0, 0])[:, None].expand(3, -1, -1),
        model.gan.modalities["word"].space,
    )
    made = model.gan.make(
        {"word": torch.zeros(3, 4)}, Condition(torch.zeros(3, 0)), {"word": masked}
    )
    assert model.gan.modalities["word"].present(made["word"]) == words
    # The alphabet has no capitals, and a sample no more than six places.
    (filled,) = model.repair(word="ONE three FOUR", mask="2").word
    first, *_, last = filled.split(" ")
    assert (first, last) == ("ONE", "FOUR")
    assert "three" not in filled
    # Nothing of the whole word is known: it is one of the ten, or nearly.
    (filled,) = model.repair(word="three", mask="1", seed=3).word
    assert filled
