"""What is known of a text that is repaired, and what follows from it for the places that are not.

A text cannot end before a place that is known to hold a piece, and all that comes after a known end
is its end too.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.contracts import Masked
from mmgan_text.text_places import END

_NEVER = -1e4


def missing_places(masked: Masked) -> Tensor:
    """1 where a place is missing, (B, T, 1)."""
    return masked.mask.expand_as(masked.known)[..., :1]


def ends_that_fit(logits: Tensor, masked: Masked) -> Tensor:
    """Logits (B, T, V) by which a text ends only where what is known of it lets it."""
    known = missing_places(masked)[..., 0] == 0
    is_end = masked.known.argmax(2) == END
    text, end = (known & ~is_end).long(), (known & is_end).long()
    # Of the places from each on: whether any is known to hold a piece.
    goes_on = text.flip(1).cumsum(1).flip(1) > 0
    over = (end.cumsum(1) > 0) & ~goes_on
    piece = torch.arange(logits.shape[2], device=logits.device) == END
    refused = torch.where(piece, goes_on[..., None], over[..., None])
    return logits.masked_fill(refused, _NEVER)
