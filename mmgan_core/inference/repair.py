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


def with_holes(
    modality: Modality,
    values: Sequence[object],
    hole: str,
    *,
    seed: int = 0,
    low: float = 0.1,
    high: float = 0.4,
) -> Masked:
    """Raw values with holes of a shape; that of row k depends on the seed and k alone.

    Raises:
        BadValue: if a value cannot be read.
        UsageError: for a shape that the modality does not draw.
    """
    shapes = (*modality.holes, "centre", "everything")
    if hole not in shapes:
        raise UsageError(f"{modality.kind} has no hole {hole!r}", hint=nearest(hole, shapes))
    sample = modality.to_sample(modality.prepare(values))
    masks = []
    for row in range(len(values)):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derived_seed(seed, hole, row))
            masks.append(modality.sample_masks(hole, 1, low, high))
    return Masked.of(sample, torch.cat(masks), modality.space)
