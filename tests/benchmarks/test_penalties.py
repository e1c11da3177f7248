"""Costs and gradients of penalties are what their names say."""

import pytest
import torch

from benchmarks.penalties import CHEAP, EXACT, Trained, lazily, likeness, main, penalties_of

from .conftest import Measure


@pytest.fixture(scope="module")
def trained() -> Trained:
    """It has learned nothing, but is no straight line."""
    return Trained("image/dcgan", 8, 4, 0)


def test_a_lazy_penalty_costs_its_share() -> None:
    found = {"none": 1.0, "exact": 5.0}
    assert (lazily(found, 1), lazily(found, 4), lazily(found, 16)) == (5.0, 2.0, 1.25)


def test_the_gradient_of_all_parameters_in_order(trained: Trained) -> None:
    penalties = penalties_of(EXACT)
    found = trained.gradient(penalties)
    trained.network.zero_grad(set_to_none=True)
    trained.penalty(penalties).backward()
    parts = found.split([p.numel() for p in trained.network.parameters()])
    for part, parameter in zip(parts, trained.network.parameters(), strict=True):
        # What is added to every answer alike has no part in their slope.
        wanted = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        torch.testing.assert_close(part, wanted.flatten())
    assert found.any()


def test_more_noises_are_more_alike(trained: Trained) -> None:
    noises, cosines, ratios = zip(*likeness(trained, 0.01, [1, 16, 128]), strict=True)
    assert noises == (1, 16, 128)
    assert cosines[0] < cosines[1] < cosines[2] <= 1
    assert ratios[0] > ratios[1] > ratios[2] > 0.5
    exact = penalties_of(EXACT)
    cosine = torch.nn.functional.cosine_similarity(
        trained.gradient(exact), trained.gradient(exact), dim=0
    )
    assert float(cosine) == pytest.approx(1)


def test_a_step_trains(trained: Trained) -> None:
    weights = [p for p in trained.network.parameters() if p.dim() > 1]
    before = [weight.clone() for weight in weights]
    assert trained.step(penalties_of(CHEAP)) > 0
    assert not any(torch.equal(old, new) for old, new in zip(before, weights, strict=True))


def test_it_runs(measure: Measure) -> None:
    said = measure(
        main,
        "--sizes",
        4,
        "--batch",
        2,
        "--rounds",
        1,
        "--learned",
        1,
        "--noises",
        1,
        2,
        "--sigmas",
        0.1,
    ).splitlines()
    assert [line.split("|")[1].strip() for line in said[2:4]] == ["`image/dcgan`", "`image/r3`"]
    assert [line.count(" times ") for line in said[2:4]] == [4, 4]
    assert len([line for line in said[7:] if " 0.1 | " in line]) == 4
