"""Matching-aware negatives: real samples with a condition that does not belong to them.

In each row one given entry takes the value of another row. If all entries did, the discriminator
could rely on the easiest of them and ignore the others. Reed et al. 2016, "Generative adversarial
text to image synthesis", https://arxiv.org/abs/1605.05396, where a single entry is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from mmgan_core.contracts import Encoding


def mismatched(
    encodings: Mapping[str, Encoding],
    shown: Mapping[str, Tensor],
    meaning: Tensor,
    present: Mapping[str, Tensor] = MappingProxyType({}),
) -> dict[str, Tensor]:
    """Choose, for each given entry and each row, the row whose value replaces its own, (B,).

    A row can replace another if it has a different value of the entry and a different meaning. For
    each row, one of the entries that some other row could replace is chosen uniformly at random,
    then one of those rows, uniformly too. If no other row could replace any entry of a row, the row
    keeps its own condition.

    Args:
        encodings: the encoding of each given entry.
        shown: for each given entry, the rows in which it is shown, (B,); a hidden entry is never
            replaced.
        meaning: rows with equal numbers mean the same, (B,).
        present: for given entries that may be missing, the rows that have a value, (B,); the others
            have none to lend.
    """
    itself = torch.arange(len(meaning), device=meaning.device)
    if not encodings:
        return {}
    other_meaning = meaning[:, None] != meaning[None, :]
    replaceable = torch.stack(
        [
            other_meaning & _lent(encoding, present.get(name)) & shown[name][:, None]
            for name, encoding in encodings.items()
        ]
    )
    possible = replaceable.any(2)  # (entries, B)
    entry = (torch.rand(possible.shape, device=replaceable.device) + possible).argmax(0)
    of_entry = replaceable[entry, itself]
    other = (torch.rand(of_entry.shape, device=replaceable.device) + of_entry).argmax(1)
    changes = possible.any(0)
    return {
        name: torch.where(changes & (entry == number), other, itself)
        for number, name in enumerate(encodings)
    }


def _lent(encoding: Encoding, present: Tensor | None) -> Tensor:
    """Which rows, (B, B), have a value that differs from that of the first."""
    different = _different(encoding)
    return different if present is None else different & present[None, :]


def _different(encoding: Encoding) -> Tensor:
    """Which pairs of rows have different values, (B, B)."""
    for part in (encoding.pooled, encoding.tokens, encoding.maps):
        if part is not None and part.shape[1]:
            rows = part.detach().float().flatten(1)
            return torch.cdist(rows, rows, p=torch.inf) > 0
    raise ValueError("an encoding without vectors, tokens and maps")
