"""Path lengths: of a generator whose derivative is known, against the formula."""

import math

import pytest
import torch
from torch import Tensor

from mmgan_core.components.dense_generator import DenseGenerator, DenseGeneratorOptions
from mmgan_core.contracts import (
    Condition,
    ConditionSpace,
    Critique,
    Generator,
    GeneratorStep,
    SampleSpace,
)
from mmgan_core.errors import BadValue
from mmgan_image.losses.path_length import PathLength, PathLengthOptions
from mmgan_image.networks.style_generator import StyleGenerator, StyleGeneratorOptions

SPACE = SampleSpace("image", (2, 5, 4))


class Linear(Generator):
    """Pictures that are w times a matrix: the derivative is that matrix everywhere."""

    def __init__(self) -> None:
        super().__init__(StyleGeneratorOptions(), SPACE, ConditionSpace(0))
        self.noise_dim = 3
        self.matrix = torch.nn.Parameter(torch.randn(3, 6, 40))

    def styles(self, noise: Tensor, condition: Condition) -> Tensor:
        return noise[:, None].expand(-1, 3, -1).repeat(1, 1, 2).requires_grad_()

    def synthesise(self, styles: Tensor, noise: Tensor, condition: Condition) -> Tensor:
        return torch.einsum("blw,lwp->bp", styles, self.matrix).view(-1, 2, 5, 4)

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        return self.synthesise(self.styles(noise, condition), noise, condition)


def step_of(generator: Generator, rows: int = 4, dim: int = 0) -> GeneratorStep:
    noise, condition = torch.randn(rows, generator.noise_dim), Condition(torch.randn(rows, dim))
    fake, said = generator(noise, condition), Critique(torch.zeros(rows))
    return GeneratorStep(generator, noise, condition, fake, fake.detach(), lambda _: said)


def path_length(**said: float) -> PathLength:
    return PathLength(PathLengthOptions.model_validate(said), SPACE)


def lengths(matrix: Tensor, rows: int, seed: int) -> Tensor:
    torch.manual_seed(seed)
    direction = torch.randn(rows, 2, 5, 4) / math.sqrt(5 * 4)
    slope = torch.einsum("lwp,bp->blw", matrix, direction.flatten(1))
    return slope.square().sum(2).mean(1).sqrt()


def test_it_is_the_formula_of_the_paper() -> None:
    torch.manual_seed(0)
    path, linear = path_length(decay=0.9), Linear()
    made = step_of(linear)
    mean = weight = torch.zeros(())
    for seed in range(3):
        torch.manual_seed(seed)
        found = path(made)
        expected = lengths(linear.matrix.detach(), 4, seed)
        mean = 0.9 * mean + 0.1 * expected.mean()
        weight = 0.9 * weight + 0.1
        # The running mean starts from the first length: it is not pulled towards 0.
        assert found.item() == pytest.approx((expected - mean / weight).square().mean().item())


def test_a_length_like_all_before_costs_nothing() -> None:
    torch.manual_seed(0)
    path, linear = path_length(), Linear()
    assert path(step_of(linear, rows=1)).item() == pytest.approx(0)
    linear.matrix.data.mul_(2)
    assert path(step_of(linear, rows=1)).item() > 0.1


def test_it_teaches_what_makes_and_what_draws_styles() -> None:
    torch.manual_seed(0)
    options = StyleGeneratorOptions(latent_dim=5, style_dim=8, mapping=2, width=4, mixing=0)
    network = StyleGenerator(options, SPACE, ConditionSpace(3))
    loss = path_length()(step_of(network, dim=3))
    loss.backward()
    taught = {
        n.partition(".")[0]
        for n, p in network.named_parameters()
        if p.grad is not None and p.grad.any()
    }
    assert {"mapping", "start", "levels", "paint"} <= taught


def test_shorter_paths_can_be_learnt() -> None:
    torch.manual_seed(0)
    options = StyleGeneratorOptions(latent_dim=5, style_dim=8, mapping=1, width=4, mixing=0)
    network = StyleGenerator(options, SPACE, ConditionSpace(0))
    path, optimizer = path_length(decay=0.5), torch.optim.Adam(network.parameters(), 1e-2)
    losses = []
    for seed in range(60):
        torch.manual_seed(seed)
        loss = path(step_of(network, rows=16))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert sum(losses[-10:]) < 0.5 * sum(losses[:10])


def test_a_resumed_one_goes_on_exactly() -> None:
    torch.manual_seed(0)
    path, again, linear = path_length(), path_length(), Linear()
    path(step_of(linear))
    again.load_state_dict(path.state_dict())
    made, found = step_of(linear), []
    for one in (path, again):
        torch.manual_seed(5)
        found.append(one(made).item())
    assert found[0] == found[1]


def test_half_precision_is_left() -> None:
    torch.manual_seed(0)
    path, again, made = path_length(), path_length(), step_of(Linear())
    torch.manual_seed(1)
    full = path(made)
    torch.manual_seed(1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = again(made)
    assert full.item() == half.item()


def test_what_it_cannot_work_on() -> None:
    dense = DenseGenerator(DenseGeneratorOptions(), SPACE, ConditionSpace(0))
    with pytest.raises(BadValue, match="image/style"):
        path_length()(step_of(dense))
    with pytest.raises(BadValue, match="C, H, W"):
        PathLength(PathLengthOptions(), SampleSpace("label", (10,)))
