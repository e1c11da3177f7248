"""The shares of a product of experts, worked out by hand, and those of a model."""

from __future__ import annotations

import math

import pytest
import torch

from mmgan_core.components.product_of_experts import ProductOfExperts, ProductOfExpertsOptions
from mmgan_core.contracts import Encoding, EncodingSpace

SPACES = {"said": EncodingSpace(3), "shown": EncodingSpace(3)}


def product() -> ProductOfExperts:
    """Two experts whose precisions are 3 and 1 for whatever is given; the prior has 1."""
    fusion = ProductOfExperts(ProductOfExpertsOptions(dim=2, bounded=False), SPACES)
    for name, precision in (("said", 3.0), ("shown", 1.0)):
        # Log-variances are bounded: 6 tanh(x / 6).
        bias = 6 * math.atanh(-math.log(precision) / 6)
        torch.nn.init.constant_(fusion.log_variances[name].bias, bias)
    return fusion.eval().requires_grad_(False)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("said", "shown"), {"said": 3 / 5, "shown": 1 / 5, "": 1 / 5}),
        (("said",), {"said": 3 / 4, "shown": 0, "": 1 / 4}),
        (("shown",), {"said": 0, "shown": 1 / 2, "": 1 / 2}),
        ((), {"said": 0, "shown": 0, "": 1}),
    ],
)
def test_shares_are_those_of_the_precisions(
    given: tuple[str, ...], expected: dict[str, float]
) -> None:
    encodings = {name: Encoding(torch.randn(1, 3)) for name in SPACES}
    present = {name: torch.tensor([name in given]) for name in SPACES}
    found = product().shares(encodings, present)
    assert {name: float(share) for name, share in found.items()} == pytest.approx(expected)


def test_the_shares_are_the_weights_of_the_means() -> None:
    """The condition is the sum of the means of all experts, each times its share."""
    fusion = product()
    encodings = {name: Encoding(torch.randn(1, 3)) for name in SPACES}
    there = {name: torch.tensor([True]) for name in SPACES}
    alone = {
        name: fusion(encodings, {n: torch.tensor([n == name]) for n in SPACES}).pooled
        for name in SPACES
    }
    # Alone, an expert shares with the prior, whose mean is 0.
    means = {"said": alone["said"] * 4 / 3, "shown": alone["shown"] * 2}
    shares = fusion.shares(encodings, there)
    whole = sum(means[name] * shares[name] for name in SPACES)
    assert torch.allclose(fusion(encodings, there).pooled, whole, atol=1e-6)
