"""What the encoders and the fusion make of the given values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from torch import Tensor


@dataclass(frozen=True)
class Encoding:
    """One given modality, encoded.

    Attributes:
        pooled: one vector a sample, (B, E).
        tokens: a sequence of vectors, (B, T, E), or None.
        mask: True where ``tokens`` hold something, (B, T), or None.
        maps: spatial features, (B, C, H, W), or None.
    """

    pooled: Tensor
    tokens: Tensor | None = None
    mask: Tensor | None = None
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
    """

    dim: int
    token_dim: int = 0
    map_channels: int = 0


@dataclass(frozen=True)
class Condition:
    """What a generator and a discriminator are told.

    Attributes:
        pooled: (B, dim); ``dim`` is 0 for an unconditional GAN.
        tokens: (B, T, token_dim) or None.
        mask: True where ``tokens`` hold something, (B, T), or None.
        maps: (B, map_channels, H, W) or None.
    """

    pooled: Tensor
    tokens: Tensor | None = None
    mask: Tensor | None = None
    maps: Tensor | None = None

    def detach(self) -> Condition:
        """The same values, cut off from whatever made them."""
        return _mapped(self, Tensor.detach)

    def float(self) -> Condition:
        """The same values in single precision."""
        return _mapped(self, lambda t: t.float() if t.is_floating_point() else t)

    def take(self, rows: Tensor) -> Condition:
        """The condition of these rows of the batch, in this order; ``rows`` (N,) indices."""
        return _mapped(self, lambda tensor: tensor[rows])


_Parts = TypeVar("_Parts", Encoding, Condition)


def _mapped(of: _Parts, change: Callable[[Tensor], Tensor]) -> _Parts:
    parts = {name: getattr(of, name) for name in ("pooled", "tokens", "mask", "maps")}
    return replace(of, **{k: change(v) for k, v in parts.items() if v is not None})
