"""Noise that makes a given sample is found, and can be used again."""

from __future__ import annotations

import pytest
import torch

from mmgan_core import UsageError, load
from mmgan_core.inference.inversion import invert
from mmgan_core.inference.model import Model


@pytest.fixture(scope="module")
def model() -> Model:
    return load("digits")


def test_a_linear_generator_is_inverted() -> None:
    matrix = torch.randn(5, 12, generator=torch.Generator().manual_seed(0))
    starts = torch.randn(4, 5, generator=torch.Generator().manual_seed(1))
    secret = torch.randn(1, 5, generator=torch.Generator().manual_seed(2))
    wanted = (secret @ matrix)[0]
    found = invert(lambda noise: noise @ matrix, wanted, starts, steps=300)
    assert found.error < 0.1 * found.initial_error
    assert torch.allclose(found.sample, found.noise @ matrix, atol=1e-5)
    assert torch.allclose(found.noise, secret, atol=0.3)


def test_without_steps_the_best_start_is_returned() -> None:
    found = invert(
        lambda noise: noise, torch.zeros(3), torch.tensor([[2.0] * 3, [1.0] * 3]), steps=0
    )
    assert found.error == found.initial_error == 1
    assert found.noise.tolist() == [[1, 1, 1]]


def test_a_models_own_sample_is_found_again(model: Model) -> None:
    made = model.generate(label="three", seed=3)
    found = model.invert("image", made.image[0], label="three", steps=100)
    assert found.error < 0.5 * found.initial_error
    again = model.generate(label="three", noise={"image": found.noise}).tensors["image"]
    assert torch.allclose(again, found.sample.clamp(-1, 1), atol=1e-5)
    repeated = model.invert("image", made.image[0], label="three", steps=100)
    assert torch.equal(repeated.noise, found.noise)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.invert("imag", "x.png"), "does not make 'imag'"),
        (lambda m: m.invert("image", "x.png"), "there is no file x.png"),
        (lambda m: m.invert("image", "x.png", starts=0), "at least 0 steps and 1 start"),
        (lambda m: m.generate(noise={"imag": torch.zeros(1, 64)}), "does not make 'imag'"),
        (lambda m: m.generate(noise={"image": torch.zeros(2, 3)}), r"must be \(1, 64\) or"),
    ],
)
def test_wrong_arguments_are_refused(model: Model, call, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call(model)
