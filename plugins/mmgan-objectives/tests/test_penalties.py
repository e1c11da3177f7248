"""Penalties against critics whose slope is known."""

import pytest
import torch
from torch import Tensor, nn

from mmgan_core.contracts import Critic, Critique, Penalty
from mmgan_objectives.finite_difference import FiniteDifference, FiniteDifferenceOptions
from mmgan_objectives.gradient_penalty import GradientPenalty, GradientPenaltyOptions
from mmgan_objectives.r1 import R1, R1Options
from mmgan_objectives.r2 import R2, R2Options

WEIGHT = torch.tensor([3.0, -4.0])


def linear(sample: Tensor) -> Critique:
    return Critique(sample.flatten(1) @ WEIGHT.to(sample.dtype))


def quadratic(sample: Tensor) -> Critique:
    return Critique(sample.flatten(1).square().sum(1) / 2)


REAL, FAKE = torch.tensor([[1.0, 2.0], [0.0, 2.0]]), torch.tensor([[3.0, 0.0], [1.0, 1.0]])


def test_r1_and_r2_are_half_the_squared_slope() -> None:
    assert R1(R1Options())(linear, REAL, FAKE).item() == pytest.approx(12.5)
    # The slope of |x|^2 / 2 is x: half of (5 + 4) / 2, and of (9 + 2) / 2.
    assert R1(R1Options())(quadratic, REAL, FAKE).item() == pytest.approx(2.25)
    assert R2(R2Options())(quadratic, REAL, FAKE).item() == pytest.approx(2.75)


def test_gradient_penalty() -> None:
    for target in (0.0, 1.0, 5.0):
        penalty = GradientPenalty(GradientPenaltyOptions(target=target))
        assert penalty(linear, REAL, FAKE).item() == pytest.approx((5 - target) ** 2, abs=1e-4)


def test_gradient_penalty_looks_between_real_and_fake() -> None:
    seen: list[Tensor] = []

    def critic(sample: Tensor) -> Critique:
        seen.append(sample.detach())
        return quadratic(sample)

    GradientPenalty(GradientPenaltyOptions())(critic, torch.zeros(64, 2), torch.ones(64, 2))
    (between,) = seen
    assert ((between > 0) & (between < 1)).all()
    torch.testing.assert_close(between[:, 0], between[:, 1])
    assert between.std() > 0.2


@pytest.mark.parametrize("on", ["real", "fake", "both"])
def test_finite_differences_tend_to_the_exact_penalty(on: str) -> None:
    torch.manual_seed(0)
    critic_net = nn.Sequential(nn.Linear(6, 32), nn.Softplus(), nn.Linear(32, 1)).double()
    real, fake = torch.randn(4, 6).double(), torch.randn(4, 6).double() + 1

    def critic(sample: Tensor) -> Critique:
        return Critique(critic_net(sample).squeeze(1))

    exact = {
        "real": R1(R1Options())(critic, real, fake),
        "fake": R2(R2Options())(critic, real, fake),
    }
    exact["both"] = exact["real"] + exact["fake"]
    cheap = FiniteDifference(FiniteDifferenceOptions(sigma=1e-3, on=on))
    many = (real.repeat(20_000, 1), fake.repeat(20_000, 1))
    assert cheap(critic, *many).item() == pytest.approx(exact[on].item(), rel=0.03)


@pytest.mark.parametrize(
    "penalty",
    [
        R1(R1Options()),
        R2(R2Options()),
        GradientPenalty(GradientPenaltyOptions()),
        FiniteDifference(FiniteDifferenceOptions()),
    ],
    ids=lambda p: type(p).__name__,
)
def test_it_can_be_minimised(penalty: Penalty) -> None:
    weight = torch.tensor([3.0, -4.0], requires_grad=True)
    torch.manual_seed(0)
    real, fake = torch.randn(256, 2), torch.randn(256, 2)

    def critic(sample: Tensor) -> Critique:
        return Critique(torch.stack([sample @ weight, 0.5 * sample @ weight], dim=1))

    penalty(critic, real, fake).backward()
    assert weight.grad is not None
    assert (weight.grad * weight > 0).all()  # down the gradient, the slope shrinks


def test_only_the_cheap_one_does_without_a_double_backward() -> None:
    assert not FiniteDifference.differentiates_twice
    assert all(kind.differentiates_twice for kind in (R1, R2, GradientPenalty))


@pytest.mark.parametrize("penalty", [R1(R1Options()), FiniteDifference(FiniteDifferenceOptions())])
def test_many_logits_a_row_count_as_their_mean(penalty: Penalty) -> None:
    """So gamma does not depend on the number of patches or pixels of a discriminator."""
    sample = torch.randn(5, 4)

    def critic(places: int) -> Critic:
        return lambda x: Critique(quadratic(x).logits[:, None].expand(-1, places))

    found = []
    for places in (1, 64):
        torch.manual_seed(0)
        found.append(penalty(critic(places), sample, sample).item())
    assert found[0] == pytest.approx(found[1], rel=1e-4)
