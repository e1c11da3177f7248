"""The posterior of real samples against numbers worked out by hand."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from mmgan_core.contracts import (
    Condition,
    ConditionSpace,
    Critique,
    Generator,
    GeneratorStep,
    Masked,
    SampleSpace,
)
from mmgan_core.errors import BadValue
from mmgan_core.options import Options
from mmgan_objectives.posterior import Posterior, PosteriorOptions

SPACE = SampleSpace("vector", (2,))
REAL = torch.tensor([[0.5, 2.0], [-1.0, 4.0]])
NOISE = torch.tensor([[3.0, 10.0], [5.0, -20.0]])


class Times(Generator):
    """The noise (B, 2), times a weight."""

    def __init__(self, weight: float) -> None:
        super().__init__(Options(), SPACE, ConditionSpace(0))
        self.noise_dim = 2
        self.weight = nn.Parameter(torch.tensor(weight))

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        return self.weight * noise


def step_of(weight: float, **condition: object) -> GeneratorStep:
    generator = Times(weight)
    of = Condition(torch.zeros(2, 0), **condition)  # type: ignore[arg-type]
    fake = generator(NOISE, of)

    def discriminate(sample: Tensor) -> Critique:
        return Critique(sample.sum(1))

    return GeneratorStep(generator, NOISE, of, fake, REAL, discriminate)


def loss_of(numbers: int = 1, *, log_variance: float = 0.0, **weights: float) -> Posterior:
    """It reads the first numbers of a sample themselves as means, all with one variance."""
    options = PosteriorOptions(numbers=numbers, **weights)  # type: ignore[arg-type]
    loss, read = Posterior(options, SPACE), nn.Linear(2, 2 * numbers)
    with torch.no_grad():
        read.weight.copy_(torch.eye(2 * numbers, 2))
        if numbers == 2:
            read.weight[2:].zero_()
        else:
            read.weight[1:].zero_()
        unbound = 8 * math.atanh(log_variance / 8)
        read.bias.copy_(torch.tensor([0.0, unbound]).repeat_interleave(numbers))
    loss.layers = nn.Sequential(read)
    return loss


def fitted(variance: float = 1.0) -> tuple[Tensor, Tensor]:
    """Means (2, 2) and deviations (2,) of what is read off the real samples.

    The means 0.5 and -1 lie 0.75 from their middle, 2 and 4 lie 1 from theirs.
    """
    scale = torch.tensor([0.75**2 + variance, 1 + variance]).rsqrt()
    return torch.tensor([[0.75, -1.0], [-0.75, 1.0]]) * scale, math.sqrt(variance) * scale


def seeded(loss: Posterior, step: GeneratorStep) -> Tensor:
    """The loss with the draw that `drawn` returns."""
    torch.manual_seed(1)
    found: Tensor = loss(step)
    return found


def drawn(numbers: int) -> Tensor:
    torch.manual_seed(1)
    unit = torch.randn(2, numbers)
    torch.manual_seed(1)
    return unit


def test_the_numbers_that_are_read_replace_those_of_the_noise() -> None:
    """The first number is read off the real sample; the second is drawn."""
    loss, step = loss_of(kl=0.0, latent=0.0), step_of(3.0)
    means, deviations = fitted()
    torch.manual_seed(1)
    rest, unit = torch.randn(2, 1), torch.randn(2, 1)
    again = torch.cat([means[:, :1] + deviations[0] * unit, rest], dim=1)
    found = seeded(loss, step)
    assert found.item() == pytest.approx((3 * again - REAL).abs().mean().item(), rel=1e-6)


@pytest.mark.parametrize("log_variance", [0.0, -2.0, 1.0])
def test_nats_are_what_the_sample_tells_of_the_noise(log_variance: float) -> None:
    step = step_of(1.0)
    without, found = (
        seeded(loss_of(2, log_variance=log_variance, kl=kl, latent=0.0), step).item()
        for kl in (0.0, 1.0)
    )
    variance = math.exp(log_variance)
    by_hand = sum(math.log((square + variance) / variance) / 2 for square in (0.75**2, 1))
    assert found - without == pytest.approx(by_hand, rel=1e-5)


def test_the_deviation_scales_what_is_drawn() -> None:
    loss = loss_of(2, log_variance=-2.0, kl=0.0, latent=0.0)
    means, deviations = fitted(math.exp(-2.0))
    again = means + deviations * drawn(2)
    found = seeded(loss, step_of(1.0))
    assert found.item() == pytest.approx((again - REAL).abs().mean().item(), rel=1e-5)


def test_reading_back_teaches_the_generator_alone() -> None:
    """Samples are twice the noise; what is read off them is shifted and scaled as real ones are."""
    step, loss = step_of(2.0), loss_of(2, kl=0.0, latent=1.0)
    back = seeded(loss, step) - seeded(loss_of(2, kl=0.0, latent=0.0), step)
    middle, scale = torch.tensor([-0.25, 3.0]), fitted()[1]
    read = (2 * NOISE - middle) * scale
    assert back.item() == pytest.approx((read - NOISE).abs().mean().item(), rel=1e-5)
    back.backward()
    assert isinstance(step.generator, Times)
    assert step.generator.weight.grad is not None
    slope = ((read - NOISE).sign() * NOISE * scale).mean().item()
    assert step.generator.weight.grad.item() == pytest.approx(slope, rel=1e-5)
    # Only through copies of real samples does the network learn.
    learned = [one.grad for one in loss.parameters()]
    other = loss_of(2, kl=0.0, latent=0.0)
    seeded(other, step_of(2.0)).backward()
    for with_it, plain in zip(learned, (one.grad for one in other.parameters()), strict=True):
        assert torch.equal(with_it, plain)


def test_padding_and_known_places_need_no_copy() -> None:
    there = torch.tensor([[True, False], [True, True]])
    loss = loss_of(2, kl=0.0, latent=0.0)
    means, deviations = fitted()
    again = means + deviations * drawn(2)
    apart = (again - REAL).abs()
    expected = (apart[0, 0] + apart[1].sum()) / 3
    found = seeded(loss, step_of(1.0, places=there))
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    masked = Masked.of(REAL, torch.tensor([[0.0, 1.0], [0.0, 0.0]]), SPACE)
    missing = seeded(loss, step_of(1.0, masked=masked))
    assert missing.item() == pytest.approx(apart[0, 1].item(), rel=1e-5)


def test_one_row_tells_nothing() -> None:
    """Its mean is the middle, so that all of the noise is drawn."""
    step, loss = step_of(1.0), loss_of(2, kl=1.0, latent=0.0)
    step = replace(step, real=REAL[:1], noise=NOISE[:1], fake=step.fake[:1])
    step = replace(step, condition=Condition(torch.zeros(1, 0)))
    torch.manual_seed(1)
    expected = (torch.randn(1, 2) - REAL[:1]).abs().mean().item()
    assert seeded(loss, step).item() == pytest.approx(expected, rel=1e-5)


def test_noise_that_is_too_short_is_refused() -> None:
    with pytest.raises(BadValue, match="reads 3 numbers of the noise, which has 2: enlarge"):
        Posterior(PosteriorOptions(numbers=3, hidden=4), SPACE)(step_of(1.0))


def test_copies_of_real_samples_come_near_them() -> None:
    """A line in the plane: its place on the line becomes a number of the noise."""
    torch.manual_seed(0)
    place = torch.randn(256, 1)
    real = torch.cat([place, -place], dim=1)
    layers = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 2))

    class Dense(Times):
        def forward(self, noise: Tensor, condition: Condition) -> Tensor:
            made: Tensor = layers(noise)
            return made

    options = PosteriorOptions(numbers=1, kl=1e-3, hidden=16)
    generator, loss = Dense(1.0), Posterior(options, SPACE)
    optimizer = torch.optim.Adam([*layers.parameters(), *loss.parameters()], lr=1e-2)
    condition = Condition(torch.zeros(256, 0))
    step = replace(step_of(1.0), generator=generator, condition=condition, real=real)
    for _ in range(300):
        noise = torch.randn(256, 2)
        step = replace(step, noise=noise, fake=generator(noise, condition))
        optimizer.zero_grad()
        loss(step).backward()
        optimizer.step()
    made = generator(torch.randn(1_000, 2), condition).detach()
    # Fresh noise makes points of the whole line, and no others.
    assert (made.sum(1).abs().mean() < 0.2).item()
    assert 0.6 < made[:, 0].std().item() < 1.3
