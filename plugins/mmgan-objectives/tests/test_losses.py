"""Losses against hand-computed values, and the direction in which each network moves."""

import math

import pytest
import torch

from mmgan_core.contracts import Critique, Loss
from mmgan_objectives.hinge import Hinge, HingeOptions
from mmgan_objectives.least_squares import LeastSquares, LeastSquaresOptions
from mmgan_objectives.non_saturating import NonSaturating, NonSaturatingOptions
from mmgan_objectives.relativistic import Relativistic, RelativisticOptions
from mmgan_objectives.wasserstein import Wasserstein, WassersteinOptions

REAL, FAKE = torch.tensor([0.5, -2.0]), torch.tensor([1.5, 0.25])


def f(t: float) -> float:
    return math.log1p(math.exp(t))


LOSSES = {
    "relativistic": Relativistic(RelativisticOptions()),
    "non-saturating": NonSaturating(NonSaturatingOptions()),
    "hinge": Hinge(HingeOptions()),
    "least-squares": LeastSquares(LeastSquaresOptions()),
    "wasserstein": Wasserstein(WassersteinOptions()),
}
# By hand, for the logits above.
EXPECTED = {
    "relativistic": ((f(1.0) + f(2.25)) / 2, (f(-1.0) + f(-2.25)) / 2),
    "non-saturating": (
        (f(-0.5) + f(2.0)) / 2 + (f(1.5) + f(0.25)) / 2,
        (f(-1.5) + f(-0.25)) / 2,
    ),
    "hinge": ((0.5 + 3.0) / 2 + (2.5 + 1.25) / 2, -0.875),
    "least-squares": (((0.25 + 9.0) / 2 + (2.25 + 0.0625) / 2) / 2, (0.25 + 0.5625) / 4),
    "wasserstein": (0.875 + 0.75, -0.875),
}


def both(loss: Loss, real: torch.Tensor, fake: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    compared = Critique(real) if loss.needs_real_in_generator_phase else None
    return loss.discriminator(Critique(real), Critique(fake)), loss.generator(
        compared, Critique(fake)
    )


@pytest.mark.parametrize("name", LOSSES)
def test_values_by_hand(name: str) -> None:
    of_d, of_g = both(LOSSES[name], REAL, FAKE)
    assert of_d.item() == pytest.approx(EXPECTED[name][0], abs=1e-6)
    assert of_g.item() == pytest.approx(EXPECTED[name][1], abs=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_a_minimiser_pulls_the_right_way(name: str) -> None:
    real, fake = REAL.clone().requires_grad_(), FAKE.clone().requires_grad_()
    of_d, _ = both(LOSSES[name], real, fake)
    of_d.backward()
    assert (real.grad <= 0).all()  # down the gradient, real logits rise
    assert (fake.grad >= 0).all()
    assert fake.grad.any()
    fake = torch.tensor([-1.5, 0.25], requires_grad=True)
    both(LOSSES[name], REAL, fake)[1].backward()
    assert (fake.grad < 0).all()  # and the generator raises those of its own


@pytest.mark.parametrize("name", LOSSES)
def test_logits_of_any_shape(name: str) -> None:
    real, fake = torch.randn(4, 1, 3, 3), torch.randn(4, 1, 3, 3)
    flat = both(LOSSES[name], real.flatten(), fake.flatten())
    for one, other in zip(both(LOSSES[name], real, fake), flat, strict=True):
        torch.testing.assert_close(one, other)


def test_large_logits_stay_finite() -> None:
    big = torch.tensor([1e4])
    for loss in LOSSES.values():
        assert all(value.isfinite() for value in (*both(loss, -big, big), *both(loss, big, -big)))


def test_smoothing_lowers_what_real_should_reach() -> None:
    loss = NonSaturating(NonSaturatingOptions(smooth=0.1))
    logits = torch.linspace(-6, 6, 1201)
    fake = Critique(torch.zeros(1))
    values = [loss.discriminator(Critique(logit[None]), fake) for logit in logits]
    best = logits[torch.stack(values).argmin()]
    assert torch.sigmoid(best).item() == pytest.approx(0.9, abs=0.002)
