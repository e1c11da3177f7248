"""Samples of which something is missing, made of what a person or a data set has."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from mmgan_core.contracts import Masked, Modality
from mmgan_core.errors import UsageError, nearest
from mmgan_core.foundation.randomness import derived_seed


def with_masks(modality: Modality, values: Sequence[object], masks: Sequence[object]) -> Masked:
    """Raw values without what raw masks say is missing.

    Raises:
        BadValue: if one cannot be read, or a mask does not fit its value.
    """
    sample = modality.to_sample(modality.prepare(values))
    return Masked.of(sample, modality.prepare_masks(masks, values), modality.space)


def with_sampled_masks(
    modality: Modality,
    values: Sequence[object],
    mask_kind: str,
    *,
    seed: int = 0,
    low: float = 0.1,
    high: float = 0.4,
) -> Masked:
    """Raw values with sampled masks of a kind; that of row k depends on the seed and k alone.

    Raises:
        BadValue: if a value cannot be read.
        UsageError: for a kind that the modality does not have.
    """
    kinds = (*modality.mask_kinds, "centre", "everything")
    if mask_kind not in kinds:
        raise UsageError(
            f"{modality.kind} has no kind of mask {mask_kind!r}", hint=nearest(mask_kind, kinds)
        )
    sample = modality.to_sample(modality.prepare(values))
    masks = []
    for row in range(len(values)):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derived_seed(seed, mask_kind, row))
            masks.append(modality.sample_masks(mask_kind, 1, low, high))
    return Masked.of(sample, torch.cat(masks), modality.space)
