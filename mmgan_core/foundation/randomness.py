"""Random draws as a function of seed, step and phase: going on needs no saved random state."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import torch


def derived_seed(*parts: object) -> int:
    """A seed that depends on every part."""
    text = "|".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


def seed_step(*parts: object) -> None:
    """Seed every global random state that a component may draw from."""
    seed = derived_seed(*parts)
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)


def noise_rows(seed: int, count: int, dim: int, *, entry: int = 0) -> torch.Tensor:
    """Noise (count, dim) from N(0, 1) on the CPU.

    Row k depends on the seed and k alone, so that asking for more samples keeps the first ones.
    """
    rows = []
    for row in range(count):
        generator = torch.Generator().manual_seed(derived_seed(seed, entry, row))
        rows.append(torch.randn(dim, generator=generator))
    return torch.stack(rows) if rows else torch.zeros(0, dim)
