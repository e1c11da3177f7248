"""The prior within a graph draws what the prior draws, whatever is given."""

from __future__ import annotations

from itertools import product

import pytest
import torch

from mmgan_core.inference.prior import Prior, _numbers
from mmgan_core.portable.drawing import Drawing

SIZES = {"a": 5, "b": 3, "c": 4}


@pytest.fixture(scope="module")
def prior() -> Prior:
    random = torch.Generator().manual_seed(0)
    hidden = torch.randn(400, 6, generator=random)
    hidden[:200] += 3
    rows = {
        name: hidden @ torch.randn(6, size, generator=random) + torch.randn(size, generator=random)
        for name, size in SIZES.items()
    }
    return Prior.fitted(rows, components=4)


@pytest.mark.parametrize("shown", list(product((False, True), repeat=3)))
def test_it_draws_the_same_for_every_set_of_given_entries(
    prior: Prior, shown: tuple[bool, ...]
) -> None:
    random = torch.Generator().manual_seed(1)
    pooled = {name: torch.randn(7, size, generator=random) for name, size in SIZES.items()}
    given = {name: pooled[name] for name, here in zip(SIZES, shown, strict=True) if here}
    wanted = given | (prior.drawn(given, 3, range(7)) if len(given) < 3 else {})
    place, normal = _numbers(3, range(7), Drawing(prior).count)
    # What is absent may hold anything at all.
    anything = {n: v if n in given else torch.full_like(v, torch.nan) for n, v in pooled.items()}
    present = {name: torch.tensor(name in given) for name in SIZES}
    found = Drawing(prior)(anything, present, place.float(), normal.float())
    for name in SIZES:
        torch.testing.assert_close(found[name], wanted[name], atol=1e-4, rtol=1e-4)
