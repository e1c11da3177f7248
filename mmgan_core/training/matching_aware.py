"""Matching-aware negatives: conditions in which one thing that is given is another row's.

One thing at a time: were all of it another row's, the discriminator could tell by whatever is
easiest, and the rest of what is given would count for nothing. Reed et al. 2016, "Generative
adversarial text to image synthesis", https://arxiv.org/abs/1605.05396, with a single thing given.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from mmgan_core.contracts import Encoding


def mismatched(
    encodings: Mapping[str, Encoding], shown: Mapping[str, Tensor], meaning: Tensor
) -> dict[str, Tensor]:
    """By given entry, for each row the row whose value stands in its place, (B,).

    For each row an entry is drawn evenly of those that any other row could change, then such a row,
    evenly: one that shows another value of it and means something else. A row that nothing could
    change stands for itself: a real sample beside its own condition.

    Args:
        encodings: by given entry.
        shown: by given entry, whether a row shows it (B,); what is hidden makes no difference.
        meaning: rows with equal numbers mean the same, (B,).
    """
    itself = torch.arange(len(meaning), device=meaning.device)
    if not encodings:
        return {}
    apart = meaning[:, None] != meaning[None, :]
    differ = torch.stack(
        [apart & _unlike(encoding) & shown[name][:, None] for name, encoding in encodings.items()]
    )
    possible = differ.any(2)  # (entries, B)
    entry = (torch.rand(possible.shape, device=differ.device) + possible).argmax(0)
    of_entry = differ[entry, itself]
    other = (torch.rand(of_entry.shape, device=differ.device) + of_entry).argmax(1)
    changes = possible.any(0)
    return {
        name: torch.where(changes & (entry == number), other, itself)
        for number, name in enumerate(encodings)
    }


def _unlike(encoding: Encoding) -> Tensor:
    """Which rows have another value than which, (B, B)."""
    pooled = encoding.pooled.detach()
    return (pooled[:, None] != pooled[None, :]).any(2)
