"""Randomness as a function of seed, step and phase, so that a resume needs no random state."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import torch


def derived_seed(*parts: object) -> int:
    """A 32-bit seed that depends on every part."""
    text = "|".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


def seed_step(*parts: object) -> None:
    """Seed every global random state that a component may sample from."""
    seed = derived_seed(*parts)
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)


def noise_rows(seed: int, count: int, dim: int, *, entry: int = 0) -> torch.Tensor:
    """Sample noise (count, dim) from N(0, 1), on the CPU.

    Row k depends on the seed, the entry and k alone: if more samples are made, the first ones stay
    the same.
    """
    rows = []
    for row in range(count):
        generator = torch.Generator().manual_seed(derived_seed(seed, entry, row))
        rows.append(torch.randn(dim, generator=generator))
    return torch.stack(rows) if rows else torch.zeros(0, dim)
