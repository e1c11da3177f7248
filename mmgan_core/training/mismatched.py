"""Matching-aware negatives: for each row another row of the batch that was given something else."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from mmgan_core.contracts import Encoding


def other_rows(
    encodings: Mapping[str, Encoding], shown: Mapping[str, Tensor], meaning: Tensor
) -> Tensor:
    """For each row one that means something else, drawn evenly, (B,).

    A row with no such other stands for itself: a real sample beside its own condition.

    Args:
        encodings: by given entry.
        shown: by given entry, whether a row shows it (B,); what is hidden makes no difference.
        meaning: rows with equal numbers mean the same, (B,).
    """
    differ = torch.zeros(len(meaning), len(meaning), dtype=torch.bool, device=meaning.device)
    for name, encoding in encodings.items():
        pooled = encoding.pooled.detach()
        apart = (pooled[:, None] != pooled[None, :]).any(2)
        differ |= apart & shown[name][:, None]
    differ &= meaning[:, None] != meaning[None, :]
    chance = torch.rand(differ.shape, device=differ.device) + differ
    itself = torch.arange(len(differ), device=differ.device)
    return torch.where(differ.any(1), chance.argmax(1), itself)
