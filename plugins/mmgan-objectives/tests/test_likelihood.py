"""The likelihood loss against numbers worked out by hand."""

import math

import pytest
import torch
from torch import Tensor

from mmgan_core.contracts import Condition, ConditionSpace, Critique, Generator, GeneratorStep
from mmgan_core.contracts import SampleSpace as Space
from mmgan_core.errors import BadValue
from mmgan_core.options import Options
from mmgan_objectives.likelihood import Likelihood, LikelihoodOptions

SPACE = Space("label", (2,))


class Coin(Generator):
    """Knows p(1, 0) = p, and how many choices each row has."""

    def __init__(self, p: float, dims: tuple[float, ...]) -> None:
        super().__init__(Options(), SPACE, ConditionSpace(0))
        self.p = torch.nn.Parameter(torch.tensor(p))
        self.dims = dims

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        return noise

    def log_likelihood(
        self, sample: Tensor, condition: Condition, mask: Tensor | None = None
    ) -> Tensor:
        return sample @ torch.stack([self.p.log(), (1 - self.p).log()])

    def likelihood_dims(self, sample: Tensor, mask: Tensor | None = None) -> Tensor:
        return torch.tensor(self.dims)


class Silent(Generator):
    """Knows no likelihood."""

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        return noise


def step_of(generator: Generator, real: Tensor) -> GeneratorStep:
    condition, noise = Condition(torch.zeros(len(real), 0)), torch.zeros(len(real), 2)
    return GeneratorStep(generator, noise, condition, noise, real, lambda x: Critique(x[:, 0]))


def test_it_is_the_cross_entropy_for_each_choice() -> None:
    coin = Coin(0.25, (1.0, 3.0))
    real = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    loss = Likelihood(LikelihoodOptions(), SPACE)(step_of(coin, real))
    # One row of log 1/4 and one of log 3/4, over 1 + 3 choices.
    assert loss.item() == pytest.approx((math.log(4) + math.log(4 / 3)) / 4)
    loss.backward()
    assert coin.p.grad is not None
    assert coin.p.grad.item() == pytest.approx(-(1 / 0.25 - 1 / 0.75) / 4)


def test_a_generator_that_knows_none_is_refused() -> None:
    silent = Silent(Options(), SPACE, ConditionSpace(0))
    with pytest.raises(BadValue, match="Silent does not know how likely a sample is"):
        Likelihood(LikelihoodOptions(), SPACE)(step_of(silent, torch.zeros(2, 2)))
