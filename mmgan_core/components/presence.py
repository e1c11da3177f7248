"""What the fusions here share: modality dropout, and a bound of the condition."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core.options import Options


class PresenceOptions(Options):
    """What every fusion here lets a recipe say."""

    dim: int = Field(128, ge=1, description="size of the condition")
    bounded: bool = Field(True, description="hold it to unit size, or noise comes to count little")
    drop: float = Field(0.3, ge=0, le=1, description="chance that a given entry is hidden")
    drop_all: float = Field(0.05, ge=0, le=1, description="chance that nothing is shown")


def dropped(present: Mapping[str, Tensor], *, drop: float, drop_all: float) -> dict[str, Tensor]:
    """Hide entries at random, row by row.

    A row that would lose every entry keeps one at random, so that it is shown nothing only as
    often as ``drop_all`` says.
    """
    if not present:
        return {}
    there = torch.stack(list(present.values()))  # (M, B)
    chance = torch.rand(there.shape, device=there.device).masked_fill(~there, -1.0)
    luckiest = torch.zeros_like(there).scatter_(0, chance.argmax(0, keepdim=True), True)
    kept = there & ((chance >= drop) | luckiest)
    kept &= torch.rand(there.shape[1], device=there.device) >= drop_all
    return dict(zip(present, kept, strict=True))
