"""Digests: a few numbers that identify a sample and, unlike a hash, tolerate rounding errors.

Each is the sum of a sample's n numbers with fixed random signs, divided by sqrt(n), so that its
scale does not depend on the size of the sample.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

NUMBERS = 16


def digest_of(samples: Tensor) -> Tensor:
    """Return the digests, (N, NUMBERS), of samples, (N, *shape)."""
    flat = samples.flatten(1).float()
    random = np.random.Generator(np.random.PCG64(0))
    signs = random.integers(0, 2, size=(flat.shape[1], NUMBERS), dtype=np.int8)
    return flat @ torch.from_numpy(2.0 * signs - 1).float() / math.sqrt(flat.shape[1])
