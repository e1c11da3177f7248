"""A sample of which something is missing: what a repair starts from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmgan_core.contracts.sample_space import SampleSpace


@dataclass(frozen=True)
class Masked:
    """What is known of samples, and what is not.

    Attributes:
        known: (B, *shape); the middle of the samples' range where something is missing.
        mask: 1 where something is missing, else 0; (B, *mask_shape), which broadcasts to
            ``known``.
    """

    known: Tensor
    mask: Tensor

    @classmethod
    def of(cls, sample: Tensor, mask: Tensor, space: SampleSpace) -> Masked:
        """Samples (B, *shape) without what the mask (B, *mask_shape) marks as missing."""
        middle = (space.low + space.high) / 2
        mask = mask.to(sample)
        return cls(torch.where(mask > 0, middle, sample), mask)

    @classmethod
    def nothing(cls, space: SampleSpace, mask_shape: tuple[int, ...], like: Tensor) -> Masked:
        """Nothing is known of as many samples as ``like`` has rows."""
        sample = torch.zeros(len(like), *space.shape, device=like.device)
        return cls.of(sample, torch.ones(len(like), *mask_shape, device=like.device), space)

    def filled(self, made: Tensor) -> Tensor:
        """What was made where something is missing; elsewhere what is known, exactly."""
        return torch.where(self.mask > 0, made, self.known.to(made))

    def cut(self, rows: slice, device: torch.device) -> Masked:
        """Some rows, on a device."""
        return Masked(self.known[rows].to(device), self.mask[rows].to(device))

    def repeated(self, count: int) -> Masked:
        """A single one ``count`` times; as many as that, as they are."""
        if len(self.known) == count:
            return self
        known = self.known.expand(count, *self.known.shape[1:])
        return Masked(known, self.mask.expand(count, *self.mask.shape[1:]))
