"""The generator `text/autoregressive` against numbers worked out by hand."""

import itertools
import math
from pathlib import Path

import pytest
import torch
import yaml
from torch import Tensor
from torch.nn.functional import one_hot

from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_core.evaluation.evaluate import evaluate
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.run_directory import read_metrics
from mmgan_core.training.run import train
from mmgan_text.autoregressive_generator import AutoregressiveGenerator, AutoregressiveOptions

# Ids: 0 ends a text. The probabilities of every place, in whatever context.
ODDS = (0.2, 0.5, 0.3)
NOTHING = Condition(torch.zeros(1, 0))


def generator(length: int = 3) -> AutoregressiveGenerator:
    """One that always has the same odds."""
    space = SampleSpace("text", (length, 3), 0.0, 1.0)
    made = AutoregressiveGenerator(AutoregressiveOptions(width=4), space, ConditionSpace(0))
    with torch.no_grad():
        made.head.weight.zero_()
        made.head.bias.copy_(torch.tensor(ODDS).log())
    return made


def text(*ids: int) -> Tensor:
    return one_hot(torch.tensor([ids]), 3).float()


def test_a_text_whose_length_is_known_has_no_likelihood_of_its_end() -> None:
    """Both places of "ab" count, 0.5 and 0.3; the third would be the end, 0.2."""
    from mmgan_core.contracts.places import along

    sample = text(1, 2, 0)
    places = along(torch.tensor([[True, True, False]]), (3, 3), (0,))
    found = generator().log_likelihood(sample, NOTHING, places)
    assert found.item() == pytest.approx(math.log(0.5 * 0.3))
    assert generator().likelihood_dims(sample, places).tolist() == [2]
    assert generator().log_likelihood(sample, NOTHING).item() == pytest.approx(
        math.log(0.5 * 0.3 * 0.2)
    )


def normal(uniform: float) -> float:
    """The noise that becomes this number from 0 to 1."""
    return float(torch.special.ndtri(torch.tensor(uniform)))


@pytest.mark.parametrize(
    ("uniform", "expected"),
    [
        # Cumulated: 0.2, 0.7, 1.
        ((0.6, 0.8, 0.3), (1, 2, 1)),
        ((0.9, 0.1, 0.9), (2, 0, 0)),
        ((0.19, 0.9, 0.9), (0, 0, 0)),
        ((0.21, 0.69, 0.71), (1, 1, 2)),
    ],
)
def test_one_number_of_noise_decides_one_character(
    uniform: tuple[float, ...], expected: tuple[int, ...]
) -> None:
    noise = torch.tensor([[normal(u) for u in uniform]])
    made = generator()(noise, NOTHING)
    assert torch.equal(made, text(*expected)), "exactly one-hot, also where gradients are kept"


@pytest.mark.parametrize(
    ("ids", "odds"),
    [
        ((1, 2, 0), (0.5, 0.3, 0.2)),
        ((1, 2, 1), (0.5, 0.3, 0.5)),
        ((2, 0, 0), (0.3, 0.2)),
        ((0, 0, 0), (0.2,)),
    ],
)
def test_the_likelihood_ends_with_the_text(ids: tuple[int, ...], odds: tuple[float, ...]) -> None:
    found = generator().log_likelihood(text(*ids), NOTHING)
    assert found.item() == pytest.approx(math.log(math.prod(odds)), rel=1e-5)
    assert generator().likelihood_dims(text(*ids)).tolist() == [len(odds)]


def test_a_mask_leaves_places_out() -> None:
    mask = torch.tensor([[[True], [False], [True]]])
    found = generator().log_likelihood(text(1, 2, 1), NOTHING, mask)
    assert found.item() == pytest.approx(2 * math.log(0.5), rel=1e-5)
    assert generator().likelihood_dims(text(1, 2, 1), mask).tolist() == [2]


def test_all_texts_together_have_probability_one() -> None:
    torch.manual_seed(3)
    space = SampleSpace("text", (3, 3), 0.0, 1.0)
    made = AutoregressiveGenerator(AutoregressiveOptions(width=4), space, ConditionSpace(2))
    ids = {
        tuple(i if 0 not in row[:k] else 0 for k, i in enumerate(row))
        for row in itertools.product(range(3), repeat=3)
    }
    assert len(ids) == 1 + 2 + 4 * 3
    texts = torch.cat([text(*row) for row in sorted(ids)])
    condition = Condition(torch.tensor([[1.0, -2.0]]).expand(len(texts), 2))
    with torch.no_grad():
        found = made.log_likelihood(texts, condition)
        assert found.exp().sum().item() == pytest.approx(1.0, abs=1e-5)
        # It samples from the same distribution: each text as often as it is likely.
        many = condition.take(torch.zeros(20_000).long())
        sampled = made(torch.randn(20_000, 3), many)
    often = torch.stack([(sampled == one).all(2).all(1).float().mean() for one in texts])
    torch.testing.assert_close(often, found.exp(), atol=0.01, rtol=0)


def test_with_attention_tokens_decide_and_padding_does_not() -> None:
    torch.manual_seed(4)
    space = SampleSpace("text", (3, 3), 0.0, 1.0)
    options = AutoregressiveOptions(width=4, attend=True)
    made = AutoregressiveGenerator(options, space, ConditionSpace(0, token_dim=2))
    assert made.reads == {"pooled", "tokens"}
    mask = torch.tensor([[True, True, False]])

    def likelihood(*tokens: tuple[float, float]) -> float:
        condition = Condition(torch.zeros(1, 0), torch.tensor([tokens]), mask)
        return made.log_likelihood(text(1, 2, 0), condition).item()

    found = likelihood((1.0, 0.0), (0.0, 2.0), (0.0, 0.0))
    assert likelihood((1.0, 0.0), (0.0, 2.0), (9.0, 9.0)) == pytest.approx(found)
    assert likelihood((0.0, 2.0), (1.0, 0.0), (0.0, 0.0)) == pytest.approx(found)
    assert abs(likelihood((1.0, 0.0), (0.0, -2.0), (0.0, 0.0)) - found) > 1e-3
    # It samples from the distribution whose likelihoods these are.
    condition = Condition(
        torch.zeros(1, 0), torch.tensor([[(1.0, 0.0), (0.0, 2.0), (0.0, 0.0)]]), mask
    )
    with torch.no_grad():
        sampled = made(torch.randn(20_000, 3), condition.take(torch.zeros(20_000).long()))
    often = (sampled == text(1, 2, 0)).all(2).all(1).float().mean().item()
    assert often == pytest.approx(math.exp(found), abs=0.01)


def test_a_critic_teaches_it_through_the_probabilities() -> None:
    made = generator(length=1)
    noise = torch.tensor([[normal(0.6)]])
    made(noise, NOTHING)[0, 0, 2].backward()
    # d p_2 / d logits = p_2 (1_2 - p), though the character is 1.
    expected = [-0.3 * 0.2, -0.3 * 0.5, 0.3 * 0.7]
    assert made.head.bias.grad is not None
    assert made.head.bias.grad.tolist() == pytest.approx(expected)


def test_other_samples_than_text_are_refused() -> None:
    with pytest.raises(BadValue, match=r"samples must be \(T, V\)"):
        AutoregressiveGenerator(
            AutoregressiveOptions(), SampleSpace("text", (3,)), ConditionSpace(0)
        )


RECIPE = """
name: words
data: core/digits
given: {label: {encoder: {use: core/label-embedding, dim: 16}}}
fusion: {use: core/product-of-experts, dim: 16}
make:
  text:
    column: label
    generator: {use: text/autoregressive, width: 32, temperature: {from: 1, to: 0.5, over: 1_600}}
    discriminator: {use: core/dense, hidden: [16]}
    loss: objectives/hinge
    auxiliary_losses:
      - {use: objectives/likelihood, weight: {from: 1.0, to: 0.2, over: 1_600}}
    adversarial_start: 1_200
train: {samples: 1_600, batch_size: 16, learning_rate: 0.01, ema: {half_life: 100}, log_every: 400}
"""


def test_it_learns_words_and_is_evaluated_without_an_evaluator(tmp_path: Path) -> None:
    train(Recipe.model_validate(yaml.safe_load(RECIPE)), tmp_path / "run", cpu=True)
    rows = read_metrics(tmp_path / "run")
    assert ["text/g" in row for row in rows] == [False, False, False, True]
    found = evaluate(tmp_path / "run", count=64)
    values = {(row["given"], row["name"]): row["value"] for row in found.rows}
    nats = values["label", "nats per dimension"]
    assert values["label", "perplexity"] == pytest.approx(math.exp(nats))
    assert values["label", "bits per dimension"] == pytest.approx(nats / math.log(2))
    # There are ten words; the right one is nearly sure if it is given.
    assert values["label", "perplexity"] < 1.6
    assert values["nothing", "perplexity"] < 5
    assert values["label", "perplexity"] < values["label, shuffled", "perplexity"]
    assert {(row["n"], row["split"], row["seed"]) for row in found.rows} == {(64, "test", 0)}
    assert "measured on test without a network; seed 0" in found.table()
