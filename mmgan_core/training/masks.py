"""Masks for training: which part of each sample of a batch a repair must fill in."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from mmgan_core.contracts import Masked, Modality
from mmgan_core.recipe.schema import Repair


def sampled_masks(
    real: Mapping[str, Tensor], modalities: Mapping[str, Modality], repairs: Mapping[str, Repair]
) -> dict[str, Masked]:
    """The masked samples of each repaired entry; masks come from the global random state."""
    masked = {}
    for name, rule in repairs.items():
        modality, sample = modalities[name], real[name]
        with sample.device:  # drawn where the samples are, so that nothing is copied there
            mask = _masks(modality, rule, len(sample))
        masked[name] = Masked.of(sample, mask, modality.space)
    return masked


def _masks(modality: Modality, rule: Repair, count: int) -> Tensor:
    """One mask for each row, of a kind that is chosen uniformly at random."""
    kinds = rule.masks or ["centre", *modality.mask_kinds]
    of_each_kind = torch.stack(
        [modality.sample_masks(kind, count, rule.smallest, rule.largest) for kind in kinds]
    )
    masks = of_each_kind[torch.randint(len(kinds), (count,)), torch.arange(count)]
    everything = torch.rand(count) < rule.everything
    return torch.where(everything.view(-1, *[1] * (masks.dim() - 1)), torch.ones(()), masks)
