"""The options that the core's fusions share, and modality dropout."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core.contracts import Condition
from mmgan_core.options import Options


class PresenceOptions(Options):
    """The options of every fusion of the core."""

    dim: int = Field(128, ge=1, description="size of the condition")
    bounded: bool = Field(True, description="bound the condition, so that noise counts")
    drop: float = Field(0.3, ge=0, le=1, description="probability of hiding a given entry")
    drop_all: float = Field(0.05, ge=0, le=1, description="probability of hiding all of them")


def dropped(present: Mapping[str, Tensor], *, drop: float, drop_all: float) -> dict[str, Tensor]:
    """Hide entries at random, row by row (modality dropout).

    A row that would lose every entry keeps one at random, so that the probability of hiding all
    entries is ``drop_all`` and no more.
    """
    if not present:
        return {}
    stacked = torch.stack(list(present.values()))  # (M, B)
    random = torch.rand(stacked.shape, device=stacked.device).masked_fill(~stacked, -1.0)
    largest = torch.zeros_like(stacked).scatter_(0, random.argmax(0, keepdim=True), True)
    kept = stacked & ((random >= drop) | largest)
    kept &= torch.rand(stacked.shape[1], device=stacked.device) >= drop_all
    return dict(zip(present, kept, strict=True))


def no_vectors(present: Mapping[str, Tensor]) -> Condition:
    """The condition of given entries whose encoders make no vectors: vectors of size 0."""
    rows = next(iter(present.values()))
    return Condition(torch.zeros(rows.shape[0], 0, device=rows.device))
