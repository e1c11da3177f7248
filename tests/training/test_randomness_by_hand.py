"""Seeds: the hash by hand, and what is drawn from it."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import torch

from mmgan_core.foundation.randomness import derived_seed, noise_rows, seed_step


def test_a_seed_is_the_first_four_bytes_of_a_hash() -> None:
    digest = hashlib.blake2b(b"5|0|generator|1", digest_size=4).digest()
    expected = sum(byte << shift for byte, shift in zip(digest, (24, 16, 8, 0), strict=True))
    assert derived_seed(5, 0, "generator", 1) == expected


def test_every_part_counts() -> None:
    seeds = {derived_seed(*parts) for parts in [(1, 2), (2, 1), (12,), (1, 2, 0), ("1", "3"), ()]}
    assert len(seeds) == 6


def test_every_global_state_is_seeded() -> None:
    seed_step(5, 3, "discriminator", 0)
    found = (torch.rand(()).item(), float(np.random.rand()), random.random())
    seed = derived_seed(5, 3, "discriminator", 0)
    expected = (
        torch.rand((), generator=torch.Generator().manual_seed(seed)).item(),
        float(np.random.RandomState(seed).rand()),
        random.Random(seed).random(),
    )
    assert found == expected


def test_noise_row_k_is_of_the_seed_the_entry_and_k() -> None:
    state = torch.random.get_rng_state()
    found = noise_rows(5, 3, 4, entry=2)
    assert torch.equal(torch.random.get_rng_state(), state), "the global state is left alone"
    for row in range(3):
        generator = torch.Generator().manual_seed(derived_seed(5, 2, row))
        assert torch.equal(found[row], torch.randn(4, generator=generator))
    assert torch.equal(noise_rows(5, 2, 4), noise_rows(5, 3, 4, entry=0)[:2])
    assert noise_rows(5, 0, 4).shape == (0, 4)
