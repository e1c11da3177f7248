"""What is missing of the samples of a batch, where a recipe repairs."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from mmgan_core.contracts import Masked, Modality
from mmgan_core.recipe.schema import Repair


def sampled_masks(
    real: Mapping[str, Tensor], modalities: Mapping[str, Modality], repairs: Mapping[str, Repair]
) -> dict[str, Masked]:
    """By repaired entry its masked samples; masks come from the global random state."""
    masked = {}
    for name, rule in repairs.items():
        modality, sample = modalities[name], real[name]
        missing = _masks(modality, rule, len(sample)).to(sample.device)
        masked[name] = Masked.of(sample, missing, modality.space)
    return masked


def _masks(modality: Modality, rule: Repair, count: int) -> Tensor:
    """Each row's mask is of one of the kinds, all as likely."""
    shapes = rule.masks or ["centre", *modality.mask_kinds]
    drawn = torch.stack(
        [modality.sample_masks(shape, count, rule.smallest, rule.largest) for shape in shapes]
    )
    masks = drawn[torch.randint(len(shapes), (count,)), torch.arange(count)]
    everything = torch.rand(count) < rule.everything
    return torch.where(everything.view(-1, *[1] * (masks.dim() - 1)), torch.ones(()), masks)
