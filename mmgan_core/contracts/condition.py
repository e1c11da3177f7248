"""What the encoders and the fusion make of the given values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import torch
from torch import Tensor

from mmgan_core.contracts.masked import Masked


@dataclass(frozen=True)
class Encoding:
    """One given modality, encoded.

    Attributes:
        pooled: one vector a sample, (B, E).
        tokens: a sequence of vectors, (B, T, E), or None.
        padding_mask: True where ``tokens`` hold something, (B, T), or None.
        maps: spatial features, (B, C, H, W), or None.
    """

    pooled: Tensor
    tokens: Tensor | None = None
    padding_mask: Tensor | None = None
    maps: Tensor | None = None

    def take(self, rows: Tensor) -> Encoding:
        """The encoding of these rows of the batch, in this order; ``rows`` (N,) indices."""
        return _mapped(self, lambda tensor: tensor[rows])


@dataclass(frozen=True)
class ConditionSpace:
    """Sizes of a Condition: what generators and discriminators must expect.

    Attributes:
        dim: size of the pooled vector; 0 for an unconditional GAN.
        token_dim: size of a token's vector, or 0 where the fusion makes none.
        map_channels: channels of the spatial maps, or 0 where the fusion makes none.
        mask_shape: shape of a mask of what is missing, where samples are repaired; else None.
    """

    dim: int
    token_dim: int = 0
    map_channels: int = 0
    mask_shape: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Condition:
    """What a generator and a discriminator are told.

    Attributes:
        pooled: (B, dim); ``dim`` is 0 for an unconditional GAN.
        tokens: (B, T, token_dim) or None.
        padding_mask: True where ``tokens`` hold something, (B, T), or None.
        maps: (B, map_channels, H, W) or None.
        masked: the sample that is to be repaired, or None.
    """

    pooled: Tensor
    tokens: Tensor | None = None
    padding_mask: Tensor | None = None
    maps: Tensor | None = None
    masked: Masked | None = None

    def detach(self) -> Condition:
        """The same values, cut off from whatever made them."""
        return _mapped(self, Tensor.detach)

    def float(self) -> Condition:
        """The same values in single precision."""
        return _mapped(self, lambda t: t.float() if t.is_floating_point() else t)

    def take(self, rows: Tensor) -> Condition:
        """The condition of these rows of the batch, in this order; ``rows`` (N,) indices."""
        return _mapped(self, lambda tensor: tensor[rows])

    def bounded(self) -> Condition:
        """Pooled vectors c / sqrt(1 + mean c^2): small ones as they are, none over unit size.

        Fusions are trained with the discriminator, whose answers grow with the condition. Unheld,
        it grows until noise beside it makes no difference and all samples of it are alike.
        """
        size = self.pooled.float().square().mean(1, keepdim=True)
        return replace(self, pooled=self.pooled * (1 + size).rsqrt().to(self.pooled))

    def mixed(self, rows: Tensor, share: Tensor) -> Condition:
        """Pooled vectors between each row's own, of which ``share`` (B,) is kept, and those of
        ``rows`` (B,); the rest stays.
        """
        kept = share[:, None].to(self.pooled)
        return replace(self, pooled=torch.lerp(self.pooled[rows], self.pooled, kept))

    def extended(self, numbers: Tensor) -> Condition:
        """With numbers (B, P) after the pooled vector."""
        return replace(self, pooled=torch.cat([self.pooled, numbers.to(self.pooled)], dim=1))


_Parts = TypeVar("_Parts", Encoding, Condition, Masked)


def _mapped(of: _Parts, change: Callable[[Tensor], Tensor]) -> _Parts:
    changed: dict[str, object] = {}
    for field in fields(of):
        part = getattr(of, field.name)
        if isinstance(part, Masked):
            changed[field.name] = _mapped(part, change)
        elif part is not None:
            changed[field.name] = change(part)
    return replace(of, **changed)  # type: ignore[arg-type]
