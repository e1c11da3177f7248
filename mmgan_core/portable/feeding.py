"""What is fed to a sampler to try it: numbers of a seed, of the shapes and ranges of its inputs."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mmgan_core.portable.sampler import PRESENT, PUSH, Sampler

_MORE = 3  # places of a free size beyond the least


def fed_of(
    sampler: Sampler,
    count: int,
    seed: int,
    given: Collection[str],
    *,
    draw: bool = True,
    pushed: bool = False,
) -> dict[str, Tensor]:
    """A batch of inputs.

    Args:
        count: how many rows.
        seed: decides the numbers.
        given: the entries that are present.
        draw: whether the others are drawn from the prior, if there is one.
        pushed: whether conditions are pushed along kept directions, if there are some: each row
            along about half of them, and the others along none.
    """
    random = np.random.default_rng(seed)
    found: dict[str, Tensor] = {}
    for name, fed in sampler.inputs.items():
        if fed is None:
            entry = name.removeprefix("given.").removesuffix(f".{PRESENT}")
            found[name] = torch.tensor(draw if name == "prior.draw" else entry in given)
            continue
        shape = [count, *(n if isinstance(n, int) else fed.least + _MORE for n in fed.shape)]
        rows: npt.NDArray[np.number]
        if fed.below:
            rows = random.integers(0, fed.below, shape)
        elif name.startswith("noise.") or name == "prior.normal":
            rows = random.standard_normal(shape)
        else:
            rows = random.random(shape)
        if name == PUSH:
            rows = rows * (random.random(shape) < 0.5) if pushed else np.zeros(shape)
        if name.startswith("repair."):
            rows = rows.round() if name.endswith(".mask") else rows
        found[name] = torch.from_numpy(np.asarray(rows)).to(getattr(torch, fed.dtype))
    return found
