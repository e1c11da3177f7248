"""A masked sample: what is known of a sample before it is repaired."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmgan_core.contracts.sample_space import SampleSpace


@dataclass(frozen=True)
class Masked:
    """Samples of which a part is missing, and the mask that marks this part.

    Attributes:
        known: the samples, (B, *shape); the middle of their range where they are missing.
        mask: 1 where a sample is missing, else 0; (B, *mask_shape), which broadcasts to ``known``.
    """

    known: Tensor
    mask: Tensor

    @classmethod
    def of(cls, sample: Tensor, mask: Tensor, space: SampleSpace) -> Masked:
        """Mask samples (B, *shape) where the mask (B, *mask_shape) is 1."""
        middle = (space.low + space.high) / 2
        mask = mask.to(sample)
        return cls(torch.where(mask > 0, middle, sample), mask)

    @classmethod
    def nothing(cls, space: SampleSpace, mask_shape: tuple[int, ...], like: Tensor) -> Masked:
        """Samples of which nothing is known, as many as ``like`` has rows."""
        sample = torch.zeros(like.shape[0], *space.shape, device=like.device)
        return cls.of(sample, torch.ones(like.shape[0], *mask_shape, device=like.device), space)

    def filled(self, made: Tensor) -> Tensor:
        """Fill the missing part with made samples; the known part stays exactly as it is."""
        return torch.where(self.mask > 0, made, self.known.to(made))

    def cut(self, rows: slice, device: torch.device) -> Masked:
        """Move some of the rows to a device."""
        return Masked(self.known[rows].to(device), self.mask[rows].to(device))

    def repeated(self, count: int) -> Masked:
        """Repeat a single sample ``count`` times; ``count`` samples stay as they are."""
        if len(self.known) == count:
            return self
        known = self.known.expand(count, *self.known.shape[1:])
        return Masked(known, self.mask.expand(count, *self.mask.shape[1:]))
