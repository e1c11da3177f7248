"""A seed means the numbers that it means to torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mmgan_core.foundation.randomness import derived_seed, noise_rows
from mmgan_onnx import torch_random


@pytest.mark.parametrize("count", [1, 2, 7, 15, 16, 17, 28, 31, 32, 64, 100])
def test_normal_numbers_are_those_of_torch(count: int) -> None:
    for seed in (0, 1, 2**32 - 1):
        wanted = torch.randn(count, generator=torch.Generator().manual_seed(seed)).numpy()
        found = torch_random.TorchRandom(seed).normal(count)
        np.testing.assert_allclose(found, wanted, atol=2e-6)


@pytest.mark.parametrize("count", [3, 16, 45])
def test_numbers_of_the_prior_are_those_of_torch(count: int) -> None:
    generator, random = torch.Generator().manual_seed(7), torch_random.TorchRandom(7)
    assert random.uniform() == torch.rand(1, generator=generator, dtype=torch.float64).item()
    wanted = torch.randn(count, generator=generator, dtype=torch.float64).numpy()
    np.testing.assert_allclose(random.normal(count, np.float64), wanted, atol=1e-12)


def test_rows_are_those_of_the_toolkit() -> None:
    rows = [torch_random.TorchRandom(torch_random.derived_seed(5, 1, r)).normal(20) for r in (0, 1)]
    np.testing.assert_allclose(np.stack(rows), noise_rows(5, 2, 20, entry=1).numpy(), atol=2e-6)
    assert torch_random.derived_seed(5, "prior", 3) == derived_seed(5, "prior", 3)
