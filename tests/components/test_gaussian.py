"""The generator `core/gaussian` against numbers worked out by hand."""

import math

import pytest
import torch
from torch import Tensor

from mmgan_core.components.gaussian_generator import GaussianGenerator, GaussianGeneratorOptions
from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace

LOG_2_PI = math.log(2 * math.pi)


def gaussian(shape: tuple[int, ...] = (2,), smallest: float = 0.2) -> GaussianGenerator:
    """Its mean and deviation of each number follow from the condition c, one number.

    The raw mean is c, so that the mean is 3 sigmoid(c); the raw deviation is always 0, so that the
    deviation is 3 (0.2 + 0.8 / 2) = 1.8.
    """
    options = GaussianGeneratorOptions(hidden=(), smallest=smallest)
    space = SampleSpace("vector", shape, 0.0, 3.0)
    generator = GaussianGenerator(options, space, ConditionSpace(1))
    (layer,) = generator.layers
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()
        layer.weight[: math.prod(shape), 1] = 1.0
    return generator


def given(*numbers: float) -> Condition:
    return Condition(torch.tensor(numbers)[:, None])


def test_a_sample_is_the_mean_and_the_deviation_times_the_noise() -> None:
    generator = gaussian()
    assert generator.noise_dim == 2
    made = generator(torch.tensor([[0.0, 1.0], [-1.0, 0.0]]), given(0.0, math.log(2)))
    # sigmoid(log 2) = 2 / 3
    expected = torch.tensor([[1.5, 3.3], [0.2, 2.0]])
    torch.testing.assert_close(made, expected)


def test_its_likelihood_is_the_density() -> None:
    sample = torch.tensor([[1.5, 3.3], [2.0, 2.0]])
    found = gaussian().log_likelihood(sample, given(0.0, math.log(2)))
    at_mean = -LOG_2_PI / 2 - math.log(1.8)
    expected = torch.tensor([2 * at_mean - 0.5, 2 * at_mean])
    torch.testing.assert_close(found, expected)


def test_a_mask_leaves_places_out() -> None:
    generator, sample = gaussian((2, 2)), torch.tensor([[[1.5, 1.5], [3.3, 1.5]]])
    first_row = torch.tensor([[[True], [False]]])
    at_mean = -LOG_2_PI / 2 - math.log(1.8)
    likely: Tensor = generator.log_likelihood(sample, given(0.0), first_row)
    assert likely.item() == pytest.approx(2 * at_mean, rel=1e-5)
    assert generator.likelihood_dims(sample, first_row).tolist() == [2.0]
    assert generator.likelihood_dims(sample).tolist() == [4.0]
    whole: Tensor = generator.log_likelihood(sample, given(0.0))
    assert whole.item() == pytest.approx(4 * at_mean - 0.5, rel=1e-5)


def test_samples_follow_the_density() -> None:
    generator = gaussian()
    torch.manual_seed(0)
    made = generator(torch.randn(20_000, 2), given(0.0).take(torch.zeros(20_000).long()))
    assert made.mean().item() == pytest.approx(1.5, abs=0.03)
    assert made.std().item() == pytest.approx(1.8, abs=0.03)


def test_it_needs_no_condition() -> None:
    options, space = GaussianGeneratorOptions(hidden=(4,)), SampleSpace("vector", (3,))
    generator = GaussianGenerator(options, space, ConditionSpace(0))
    nothing = Condition(torch.zeros(5, 0))
    assert generator(torch.zeros(5, 3), nothing).shape == (5, 3)
    assert generator.log_likelihood(torch.zeros(5, 3), nothing).shape == (5,)
