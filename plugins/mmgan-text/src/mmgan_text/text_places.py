"""Which places of texts hold a choice: those up to the end of each text, the end included."""

from __future__ import annotations

import torch
from torch import Tensor

END = 0
"""The id that ends a text, and fills the places after it."""


def chosen_rows(ids: Tensor, size: int) -> Tensor:
    """One-hot rows (B, T, V) of ids (B, T)."""
    rows = torch.zeros(*ids.shape, size, device=ids.device)
    return rows.scatter_(2, ids[..., None], 1.0)


def up_to_end(ids: Tensor) -> Tensor:
    """True up to the first end of texts of these ids, the end included, (B, T)."""
    is_end = (ids == END).long()
    return is_end.cumsum(1) - is_end == 0


def counted(sample: Tensor, mask: Tensor | None) -> Tensor:
    """1 where there is a choice, up to the first end and where the mask is True, else 0, (B, T)."""
    found = up_to_end(sample.argmax(2)).float()
    if mask is None:
        return found
    return found * mask.expand_as(sample)[..., 0].to(found)
