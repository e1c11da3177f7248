"""Masked samples for repair, made from raw values with given or sampled masks."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from mmgan_core.contracts import Masked, Modality
from mmgan_core.errors import UsageError, nearest
from mmgan_core.foundation.randomness import derived_seed
from mmgan_core.foundation.seeds import Seed, checked_seed, seed_of_row


def with_masks(modality: Modality, values: Sequence[object], masks: Sequence[object]) -> Masked:
    """Turn raw values and raw masks into masked samples.

    Raises:
        BadValue: if a value or a mask cannot be read, or a mask does not fit its value.
    """
    sample = modality.to_sample(modality.prepare(values))
    return Masked.of(sample, modality.prepare_masks(masks, values), modality.space)


def with_sampled_masks(
    modality: Modality,
    values: Sequence[object],
    mask_kind: str,
    *,
    seed: Seed = 0,
    low: float = 0.1,
    high: float = 0.4,
) -> Masked:
    """Turn raw values into masked samples with sampled masks.

    Args:
        modality: the modality of the values.
        values: the raw values.
        mask_kind: a kind of mask of the modality, or ``"centre"`` or ``"everything"``.
        seed: decides the masks; the mask of row k depends on the seed and k alone. Several seeds
            are one for each row.
        low: the smallest fraction that is masked.
        high: the largest fraction that is masked.

    Raises:
        BadValue: if a value cannot be read.
        UsageError: if the modality has no such kind of mask.
    """
    kinds = (*modality.mask_kinds, "centre", "everything")
    if mask_kind not in kinds:
        raise UsageError(
            f"{modality.kind} has no kind of mask {mask_kind!r}", hint=nearest(mask_kind, kinds)
        )
    sample = modality.to_sample(modality.prepare(values))
    checked, masks = checked_seed(seed), []
    for row in range(len(values)):
        with torch.random.fork_rng(devices=[]):
            own, number = seed_of_row(checked, row)
            torch.manual_seed(derived_seed(own, mask_kind, number))
            masks.append(modality.sample_masks(mask_kind, 1, low, high))
    return Masked.of(sample, torch.cat(masks), modality.space)
