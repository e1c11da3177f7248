"""A few numbers that stand for a sample: equal on any machine up to rounding, as no hash could be.

Each is the sum of a sample's n numbers, with signs that a fixed generator draws, over sqrt(n): as
large as the numbers are, whatever the size of the sample.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

NUMBERS = 16


def digest_of(samples: Tensor) -> Tensor:
    """Samples (N, *shape) to (N, NUMBERS)."""
    flat = samples.flatten(1).float()
    random = np.random.Generator(np.random.PCG64(0))
    signs = random.integers(0, 2, size=(flat.shape[1], NUMBERS), dtype=np.int8)
    return flat @ torch.from_numpy(2.0 * signs - 1).float() / math.sqrt(flat.shape[1])
