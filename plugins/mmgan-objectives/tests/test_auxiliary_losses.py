"""Auxiliary losses against numbers worked out by hand."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from mmgan_core.contracts import (
    AuxiliaryLoss,
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
from mmgan_objectives.feature_matching import FeatureMatching, FeatureMatchingOptions
from mmgan_objectives.mode_seeking import ModeSeeking, ModeSeekingOptions
from mmgan_objectives.reconstruction import Reconstruction, ReconstructionOptions

SPACE = SampleSpace("label", (2, 2))
REAL = torch.tensor([[[0.0, 1.0], [1.0, 0.0]], [[1.0, 1.0], [0.0, 0.0]]])
FAKE = torch.tensor([[[0.0, 3.0], [0.0, 0.0]], [[1.0, 1.0], [0.0, -4.0]]])
MISSING = torch.tensor([[[0.0, 1.0]], [[0.0, 0.0]]])  # a column of the first row


class Times(Generator):
    """The noise, times a weight."""

    def __init__(self, weight: float) -> None:
        super().__init__(Options(), SPACE, ConditionSpace(0))
        self.noise_dim = 4
        self.weight = torch.nn.Parameter(torch.tensor(weight))

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        return (self.weight * noise).view(-1, 2, 2)


def discriminate(sample: Tensor) -> Critique:
    """Its features are the sample, and row sums of its squares."""
    squares = sample.square().sum(2)
    return Critique(squares.sum(1), (sample, squares))


def step_of(
    fake: Tensor,
    *,
    missing: Tensor | None = None,
    dim: int = 1,
    generator: Generator | None = None,
    noise: Tensor | None = None,
) -> GeneratorStep:
    masked = None if missing is None else Masked.of(REAL, missing, SPACE)
    condition = Condition(torch.zeros(2, dim), masked=masked)
    noise = torch.zeros(2, 4) if noise is None else noise
    return GeneratorStep(generator or Times(1.0), noise, condition, fake, REAL, discriminate)


def value(loss: AuxiliaryLoss, of: GeneratorStep) -> float:
    found: Tensor = loss(of)
    assert found.shape == ()
    return found.item()


@pytest.mark.parametrize(
    ("norm", "whole", "missing", "known"),
    [
        ("l1", 7 / 8, 2 / 2, 5 / 6),
        ("l2", 21 / 8, 4 / 2, 17 / 6),
    ],
)
def test_reconstruction(norm: str, whole: float, missing: float, known: float) -> None:
    def loss(**weights: float) -> Reconstruction:
        options = ReconstructionOptions.model_validate({"norm": norm, **weights})
        return Reconstruction(options, SPACE)

    assert value(loss(), step_of(FAKE)) == pytest.approx(whole)
    assert value(loss(missing=5.0, known=3.0), step_of(FAKE)) == pytest.approx(whole)
    repaired = step_of(FAKE, missing=MISSING)
    assert value(loss(), repaired) == pytest.approx(missing)
    assert value(loss(missing=0.0, known=1.0), repaired) == pytest.approx(known)
    both = value(loss(missing=5.0, known=3.0), repaired)
    assert both == pytest.approx(5 * missing + 3 * known)
    nothing_known = step_of(FAKE, missing=torch.ones(2, 1, 1))
    assert value(loss(known=3.0), nothing_known) == pytest.approx(whole)
    assert value(loss(), step_of(REAL, missing=MISSING)) == 0


def test_reconstruction_reaches_what_was_made_where_it_should() -> None:
    fake = FAKE.clone().requires_grad_()
    Reconstruction(ReconstructionOptions(), SPACE)(step_of(fake, missing=MISSING)).backward()
    assert fake.grad is not None
    assert torch.equal(fake.grad.nonzero(), torch.tensor([[0, 0, 1]]))  # where it differs


def test_features_of_every_discriminator_count_alike() -> None:
    """The other discriminator sees twice the sample: its only layer counts as both of the first."""

    def twice(sample: Tensor) -> Critique:
        return Critique(sample.sum((1, 2)), (2 * sample,))

    step = step_of(FAKE)
    step = replace(step, against=(replace(step, discriminate=twice),))
    first = FeatureMatching(FeatureMatchingOptions(rows=True), SPACE)
    every = FeatureMatching(FeatureMatchingOptions(rows=True, every_discriminator=True), SPACE)
    second = 2 * (FAKE - REAL).abs().mean().item()
    assert value(every, step) == pytest.approx((value(first, step) + second) / 2)
    assert value(first, step) == value(first, step_of(FAKE))


def test_features_wait_for_the_adversary_without_cost() -> None:
    def never(sample: Tensor) -> Critique:
        raise AssertionError("a discriminator was asked")

    waiting = FeatureMatching(FeatureMatchingOptions(wait=True), SPACE)
    early = replace(step_of(FAKE), adversarial=False, discriminate=never)
    assert value(waiting, early) == 0
    assert value(waiting, step_of(FAKE)) > 0
    plain = FeatureMatching(FeatureMatchingOptions(), SPACE)
    assert value(plain, replace(step_of(FAKE), adversarial=False)) > 0


def test_feature_matching() -> None:
    rows = FeatureMatching(FeatureMatchingOptions(rows=True), SPACE)
    means = FeatureMatching(FeatureMatchingOptions(), SPACE)
    # Squares of real (1, 1), (2, 0), of made (9, 0), (2, 16).
    by_row = (7 / 8 + (8 + 1 + 0 + 16) / 4) / 2
    apart = torch.tensor([[0.0, 1.0], [-0.5, -2.0]])
    by_mean = (apart.abs().mean().item() + (4 + 7.5) / 2) / 2
    assert value(rows, step_of(FAKE)) == pytest.approx(by_row)
    assert value(means, step_of(FAKE)) == pytest.approx(by_mean)
    # Means are over rows: features of one row do not cancel out.
    made = torch.tensor([[[1.0, 0.0], [-1.0, 0.0]]] * 2)
    nothing = GeneratorStep(
        Times(1.0), torch.zeros(2, 4), Condition(torch.zeros(2, 0)), made, 0 * made, discriminate
    )
    assert value(means, nothing) == pytest.approx((0.5 + 1) / 2)
    # Means do not see which row is which.
    assert value(means, step_of(REAL.flip(0))) == 0
    assert value(rows, step_of(REAL.flip(0))) > 0


def test_feature_matching_moves_what_was_made_alone() -> None:
    fake, real = FAKE.clone().requires_grad_(), REAL.clone().requires_grad_()
    for options in ({}, {"rows": True}):
        loss = FeatureMatching(FeatureMatchingOptions.model_validate(options), SPACE)
        one = step_of(fake)
        with_slope = GeneratorStep(
            one.generator, one.noise, one.condition, fake, real, discriminate
        )
        of_fake, of_real = torch.autograd.grad(loss(with_slope), (fake, real), allow_unused=True)
        assert of_fake.any()
        assert of_real is None


def test_feature_matching_says_what_it_cannot_do() -> None:
    one = step_of(FAKE)
    bare = replace(one, discriminate=lambda sample: Critique(discriminate(sample).logits))
    with pytest.raises(BadValue, match="returns no features"):
        FeatureMatching(FeatureMatchingOptions(), SPACE)(bare)
    rows = FeatureMatching(FeatureMatchingOptions(rows=True), SPACE)
    with pytest.raises(BadValue, match="rows: false"):
        rows(step_of(FAKE, dim=0))
    assert value(rows, step_of(FAKE, dim=0, missing=MISSING)) > 0
    followed = Condition(torch.zeros(2, 0), maps=torch.zeros(2, 1, 2, 2))
    assert value(rows, replace(step_of(FAKE, dim=0), condition=followed)) > 0


@pytest.mark.parametrize("missing", [None, torch.ones(2, 1, 1)])
@pytest.mark.parametrize(("weight", "floor"), [(2.0, 0.01), (0.5, 0.1), (0.0, 0.1)])
def test_mode_seeking(weight: float, floor: float, missing: Tensor | None) -> None:
    """The generator multiplies its noise: samples move ``weight`` times as far."""
    torch.manual_seed(0)
    generator, noise = Times(weight), torch.randn(2, 4)
    loss = ModeSeeking(ModeSeekingOptions(floor=floor), SPACE)
    one = step_of(
        generator(noise, Condition(torch.zeros(2, 0))),
        generator=generator,
        noise=noise,
        missing=missing,
    )
    found = loss(one)
    assert found.item() == pytest.approx(1 / (weight + floor), rel=1e-5)
    found.backward()
    # d/dw 1 / (w + f) = -1 / (w + f)^2; at w = 0 |w| has no slope.
    expected = -1 / (weight + floor) ** 2 if weight else 0.0
    assert generator.weight.grad is not None
    assert generator.weight.grad.item() == pytest.approx(expected, rel=1e-5)


def test_mode_seeking_looks_at_what_is_missing() -> None:
    torch.manual_seed(0)
    generator, noise = Times(1.0), torch.randn(2, 4)
    fake = generator(noise, Condition(torch.zeros(2, 0)))
    torch.manual_seed(1)
    other = torch.randn(2, 4)
    apart = (noise - other).abs()
    moved = apart[0, [1, 3]].mean()  # the second column of the first row
    torch.manual_seed(1)
    found = value(
        ModeSeeking(ModeSeekingOptions(), SPACE),
        step_of(fake, generator=generator, noise=noise, missing=MISSING),
    )
    assert found == pytest.approx(1 / (moved / apart.mean() + 0.01).item(), rel=1e-5)


def test_only_rows_that_belong_together_are_compared() -> None:
    assert Reconstruction.paired
    assert not FeatureMatching.paired
    assert not ModeSeeking.paired
