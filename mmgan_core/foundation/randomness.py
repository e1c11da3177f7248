"""Randomness as a function of seed, step and phase, so that a resume needs no random state."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import torch

from mmgan_core.foundation.seeds import Seed, checked_seed, seed_of_row


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


def noise_rows(seed: Seed, count: int, dim: int, *, entry: int = 0) -> torch.Tensor:
    """Sample noise (count, dim) from N(0, 1), on the CPU.

    Row k depends on the seed, the entry and k alone: if more samples are made, the first ones stay
    the same. Of several seeds, row k is the first row of the k-th seed.

    Raises:
        UsageError: for what is no seed, or another number of seeds than rows.
    """
    checked, noise = checked_seed(seed, count), torch.empty(count, dim)
    generator = torch.Generator()
    for row in range(count):
        own, number = seed_of_row(checked, row)
        generator.manual_seed(derived_seed(own, entry, number))
        noise[row].normal_(generator=generator)
    return noise
