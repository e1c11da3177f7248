"""What a padded place holds makes no difference to any objective, and gets no gradient."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from mmgan_core.contracts import (
    Condition,
    ConditionSpace,
    Critique,
    Generator,
    GeneratorStep,
    Loss,
    SampleSpace,
    cut,
)
from mmgan_core.options import Options
from mmgan_objectives.cycle import Cycle
from mmgan_objectives.feature_matching import FeatureMatching
from mmgan_objectives.finite_difference import FiniteDifference
from mmgan_objectives.gradient_penalty import GradientPenalty
from mmgan_objectives.hinge import Hinge
from mmgan_objectives.least_squares import LeastSquares
from mmgan_objectives.likelihood import Likelihood
from mmgan_objectives.mode_seeking import ModeSeeking
from mmgan_objectives.non_saturating import NonSaturating
from mmgan_objectives.r1 import R1
from mmgan_objectives.r2 import R2
from mmgan_objectives.reconstruction import Reconstruction
from mmgan_objectives.relativistic import Relativistic
from mmgan_objectives.wasserstein import Wasserstein

LENGTH = 8
HALF = (torch.arange(LENGTH) < LENGTH // 2).expand(3, 1, LENGTH)  # the first half is real
SPACE = SampleSpace("audio", (1, LENGTH))
LOSSES = (Hinge, LeastSquares, NonSaturating, Relativistic, Wasserstein)


def chance(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def built(cls: Any, **options: object) -> Any:
    made = cls.Options(**options)
    return cls(made) if not issubclass(cls, nn.Module) else cls(made, SPACE)


def both(loss: Loss, real: Critique, fake: Critique) -> tuple[Tensor, Tensor]:
    compared = real if loss.needs_real_in_generator_phase else None
    return loss.discriminator(real, fake), loss.generator(compared, fake)


@pytest.mark.parametrize("cls", LOSSES)
def test_a_half_padded_batch_has_the_loss_of_the_unpadded_one(cls: type[Loss]) -> None:
    real, fake = chance(3, LENGTH), chance(3, LENGTH, seed=1)
    shorter = both(built(cls), *(Critique(x[:, : LENGTH // 2]) for x in (real, fake)))
    padded = both(built(cls), *(Critique(x, places=HALF[:, 0]) for x in (real, fake)))
    torch.testing.assert_close(padded, shorter)
    # Without the mask the numbers are others, so that this test would notice.
    for plain, one in zip(both(built(cls), Critique(real), Critique(fake)), padded, strict=True):
        assert not torch.isclose(plain, one)


@pytest.mark.parametrize("cls", LOSSES)
def test_padded_logits_get_no_gradient(cls: type[Loss]) -> None:
    real, fake = chance(3, LENGTH).requires_grad_(), chance(3, LENGTH, seed=1).requires_grad_()
    places = HALF[:, 0]
    first, second = both(built(cls), Critique(real, places=places), Critique(fake, places=places))
    (first + 3 * second).backward()
    for logits in (real, fake):
        assert logits.grad is not None
        assert not logits.grad[~places].any()
        assert logits.grad[places].any()


def test_hinge_by_hand() -> None:
    """Real logits 0.5 and 2 of lengths 1 and 1: max(0, 1 - 0.5), max(0, 1 - 2); fake ones 0, 1."""
    places = torch.tensor([[True, False], [True, False]])
    real = Critique(torch.tensor([[0.5, -9.0], [2.0, -9.0]]), places=places)
    fake = Critique(torch.tensor([[0.0, 9.0], [1.0, 9.0]]), places=places)
    loss = built(Hinge)
    assert loss.discriminator(real, fake).item() == (0.5 + 0) / 2 + (1 + 2) / 2
    assert loss.generator(None, fake).item() == -0.5


class Critic(nn.Module):
    """D(x) = v x_t^2 / 2 at each place t, which ends where the sample does."""

    def __init__(self) -> None:
        super().__init__()
        self.v = nn.Parameter(torch.tensor(3.0))

    def forward(self, sample: Tensor, places: Tensor | None = HALF) -> Critique:
        counted = None if places is None else places[:, 0]
        return Critique(self.v * cut(sample, places)[:, 0].square() / 2, places=counted)


@pytest.mark.parametrize("cls", [R1, R2, GradientPenalty, FiniteDifference])
def test_a_penalty_of_a_half_padded_batch_is_that_of_the_unpadded_one(cls: Any) -> None:
    critic, penalty = Critic(), built(cls)
    real, fake = chance(3, 1, LENGTH), chance(3, 1, LENGTH, seed=1)

    def value(*samples: Tensor, places: Tensor | None = HALF) -> Tensor:
        torch.manual_seed(0)
        found: Tensor = penalty(lambda x: critic(x, places), *samples)
        return found

    padded = value(real, fake)
    hostile = (torch.where(HALF, one, 7.0) for one in (real, fake))
    torch.testing.assert_close(value(*hostile), padded, rtol=0, atol=0)
    if cls is not FiniteDifference:  # whose steps are other ones in samples of another size
        shorter = (one[..., : LENGTH // 2] for one in (real, fake))
        torch.testing.assert_close(value(*shorter, places=None), padded)


def test_r1_by_hand() -> None:
    """Two real places of x = 1, 2: D is (3/2 + 12/2) / 2, its slope (3/2, 6/2), its half 5.625."""
    sample = torch.tensor([[[1.0, 2.0, 5.0, 5.0]]])
    places = torch.tensor([[[True, True, False, False]]])
    found = built(R1)(lambda x: Critic()(x, places), sample, sample)
    assert found.item() == pytest.approx((1.5**2 + 3**2) / 2)


class Line(Generator):
    """x_t = g_t z + h_t, and the density N(0, 1) at each place."""

    noise_dim = 1

    def __init__(self) -> None:
        super().__init__(Options(), SPACE, ConditionSpace(dim=0))
        self.g = nn.Parameter(chance(LENGTH, seed=3))
        self.h = nn.Parameter(chance(LENGTH, seed=4))

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        return (noise * self.g + self.h)[:, None]

    def log_likelihood(
        self, sample: Tensor, condition: Condition, mask: Tensor | None = None
    ) -> Tensor:
        each = -(sample - self.h).square()
        return (each if mask is None else each * mask).flatten(1).sum(1)


def step(generator: Line, hostile: float = 0.0) -> GeneratorStep:
    """A phase in which made samples end, and real ones hold something where they are padded."""
    noise, condition = chance(3, 1), Condition(torch.zeros(3, 0), places=HALF)
    fake = cut(generator(noise, condition), HALF)
    real = torch.where(HALF, chance(3, 1, LENGTH, seed=5), hostile)

    def discriminate(sample: Tensor) -> Critique:
        features = (sample, sample.square() + 1)
        return Critique(sample[:, 0], features, places=HALF[:, 0], feature_places=(HALF, HALF))

    return GeneratorStep(
        generator, noise, condition, fake, real, discriminate, meaning=torch.arange(3)
    )


AUXILIARY = (
    (Reconstruction, {}),
    (Reconstruction, {"norm": "l2"}),
    (ModeSeeking, {}),
    (FeatureMatching, {}),
    (Likelihood, {}),
)


@pytest.mark.parametrize(("cls", "options"), AUXILIARY)
def test_an_auxiliary_loss_neither_sees_nor_teaches_padding(
    cls: Any, options: dict[str, object]
) -> None:
    loss, values = built(cls, **options), []
    for hostile in (0.0, 100.0):
        generator = Line()
        torch.manual_seed(9)
        value = loss(step(generator, hostile))
        value.backward()
        values.append(value.item())
        slopes = [w.grad for w in generator.parameters() if w.grad is not None]
        assert not any(slope[LENGTH // 2 :].any() for slope in slopes)
        assert any(slope[: LENGTH // 2].any() for slope in slopes)
    assert values[0] == values[1]


def test_reconstruction_by_hand() -> None:
    """|1 - 0| and |2 - 4| count, a mean of 1.5; the padding is equal, and no third number."""
    places = torch.tensor([[[True, True, False]]])
    fake, real = torch.tensor([[[1.0, 2.0, 0.0]]]), torch.tensor([[[0.0, 4.0, 0.0]]])
    plain = step(Line())
    own = replace(
        plain, fake=fake, real=real, condition=Condition(torch.zeros(1, 0), places=places)
    )
    assert built(Reconstruction)(own).item() == 1.5


def test_feature_matching_over_rows_of_other_lengths_by_hand() -> None:
    """Means over the rows that are real: place 0 of (1, 3), place 1 of row 0 alone, 2 of none."""
    places = torch.tensor([[[True, True, False]], [[True, False, False]]])
    fake = torch.tensor([[[1.0, 5.0, 9.0]], [[3.0, 9.0, 9.0]]])

    def discriminate(sample: Tensor) -> Critique:
        return Critique(sample[:, 0], (sample,), places=places[:, 0], feature_places=(places,))

    own = replace(step(Line()), fake=fake, real=torch.zeros(2, 1, 3), discriminate=discriminate)
    assert built(FeatureMatching)(own).item() == (2 + 5) / 2


def test_a_cycle_ends_with_what_comes_back() -> None:
    from mmgan_core.contracts import OtherEntry

    generator = Line()
    condition = Condition(torch.zeros(3, 0), places=HALF)
    real = chance(3, 1, LENGTH)
    other = OtherEntry(generator, chance(3, 1), condition, real, lambda: real)
    own = replace(
        step(generator),
        others={"other": other},
        encode=lambda given, sample: None,  # type: ignore[arg-type,return-value]
        fuse=lambda encodings, entry: condition,
    )
    built(Cycle, back="other", given="a")(own).backward()
    assert generator.h.grad is not None
    assert not generator.h.grad[4:].any()
    assert generator.h.grad[:4].any()
