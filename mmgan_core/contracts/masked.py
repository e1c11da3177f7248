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
        missing: 1 where something is missing, else 0; (B, *mask), which broadcasts to ``known``.
    """

    known: Tensor
    missing: Tensor

    @classmethod
    def of(cls, sample: Tensor, missing: Tensor, space: SampleSpace) -> Masked:
        """Samples (B, *shape) without what is missing, (B, *mask)."""
        middle = (space.low + space.high) / 2
        missing = missing.to(sample)
        return cls(torch.where(missing > 0, middle, sample), missing)

    @classmethod
    def nothing(cls, space: SampleSpace, mask: tuple[int, ...], like: Tensor) -> Masked:
        """Nothing is known of as many samples as ``like`` has rows."""
        sample = torch.zeros(len(like), *space.shape, device=like.device)
        return cls.of(sample, torch.ones(len(like), *mask, device=like.device), space)

    def filled(self, made: Tensor) -> Tensor:
        """What was made where something is missing; elsewhere what is known, exactly."""
        return torch.where(self.missing > 0, made, self.known.to(made))

    def cut(self, rows: slice, device: torch.device) -> Masked:
        """Some rows, on a device."""
        return Masked(self.known[rows].to(device), self.missing[rows].to(device))

    def repeated(self, count: int) -> Masked:
        """A single one ``count`` times; as many as that, as they are."""
        if len(self.known) == count:
            return self
        known = self.known.expand(count, *self.known.shape[1:])
        return Masked(known, self.missing.expand(count, *self.missing.shape[1:]))
