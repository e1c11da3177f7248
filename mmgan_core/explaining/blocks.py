"""Blocks of the places of samples: what of a sample can be exchanged, whatever its kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import torch
from torch import Tensor

from mmgan_core.contracts import Modality


@dataclass(frozen=True)
class Blocks:
    """Blocks that together are all places of a sample.

    Attributes:
        grid: how many there are along each axis that has more than one place.
        edges: where they begin and end along each of these axes.
        masks: 1 at the places of each, (blocks, *mask_shape), which broadcast to samples.
    """

    grid: tuple[int, ...]
    edges: tuple[tuple[int, ...], ...]
    masks: Tensor

    @classmethod
    def of(cls, modality: Modality, most: int) -> Blocks:
        """Nearly equal blocks of the samples of a modality, about ``most`` if there are as many."""
        shape = modality.mask_shape
        axes = [axis for axis, size in enumerate(shape) if size > 1]
        along = max(1, round(most ** (1 / max(1, len(axes)))))
        grid = tuple(min(shape[axis], along) for axis in axes)
        edges = tuple(
            tuple(torch.linspace(0, shape[axis], count + 1).round().int().tolist())
            for axis, count in zip(axes, grid, strict=True)
        )
        masks = []
        for spans in product(*(pairwise(ends) for ends in edges)):
            mask = torch.zeros(shape)
            at = [slice(None)] * len(shape)
            for axis, (start, end) in zip(axes, spans, strict=True):
                at[axis] = slice(start, end)
            mask[tuple(at)] = 1
            masks.append(mask)
        return cls(grid, edges, torch.stack(masks))

    def names(self, modality: Modality, sample: Tensor) -> tuple[str, ...]:
        """What the blocks of a sample, (*shape), are called."""
        spans = product(*(pairwise(ends) for ends in self.edges))
        return tuple(modality.place_name(sample, span) for span in spans)

    def exchanged(self, sample: Tensor, others: Tensor, gone: Sequence[int]) -> Tensor:
        """A sample, (*shape), with some of its blocks from each of others, (B, *shape)."""
        mask = self.masks[list(gone)].sum(0)
        return torch.where(mask > 0, others, sample)
